"""The door for people: pages, their words and their looks."""
