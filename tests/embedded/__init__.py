"""The embedded servers and their supervisor: real processes, started, killed and counted."""
