"""What we speak about: products, their components and capabilities."""
