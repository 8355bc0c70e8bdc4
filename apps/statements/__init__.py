"""What is asked on every page: SQL that is written once.

No models and no data. Whatever is asked now and then is asked through the ORM alone.
"""
