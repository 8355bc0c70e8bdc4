"""Files from outside as plain records: row by row, in constant memory, nothing cut silently."""
