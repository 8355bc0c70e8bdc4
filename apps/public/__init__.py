"""The door for the world: probes, hooks, pages without sign-in; and what the portal saw of itself.

It keeps what arrives and reads none of it; whoever understands an event reads it later.
"""
