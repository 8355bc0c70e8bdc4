"""Everything that leaves and everything that is due, as rows; the broker only nudges."""
