"""A mail as it came, read into a plain record: nothing in it makes reading fail."""

from .letter import Address, Bounce, File, Letter
from .parsing import LARGEST
from .reading import read

__all__ = ["LARGEST", "Address", "Bounce", "File", "Letter", "read"]
