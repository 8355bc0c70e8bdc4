"""The door for programs: REST over the same verbs."""
