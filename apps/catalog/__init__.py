"""What we speak about: products, their components, and what they let people do.

Nouns only, set up in the admin. Tickets, incidents and metrics point here.
"""
