"""The door for the world: probes, hooks and pages without sign-in."""
