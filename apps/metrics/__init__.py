"""Numbers from elsewhere: sources, imports, samples, rollups and how fresh they are."""
