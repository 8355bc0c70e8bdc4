"""The tests of the whole house, a folder for each app."""
