"""The story a demo portal starts with: Tidewater, a reporting product, six months after launch.

Everything is drawn from one seeded generator, so a given date always tells the same story, and
enters through the same importers and verbs a team would use.
"""
