"""Who will do what by when, wherever it was agreed."""
