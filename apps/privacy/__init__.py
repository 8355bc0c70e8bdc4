"""What we know of a person or a customer: handed to them whole, or forgotten for good.

It knows every table beneath it and what becomes of each column; it shows nothing itself.
"""
