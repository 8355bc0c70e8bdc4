"""Outside bytes to plain records: nothing here knows a database."""
