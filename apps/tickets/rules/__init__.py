"""What may happen to a ticket, how it is asked for, and what enters it; all without a database."""
