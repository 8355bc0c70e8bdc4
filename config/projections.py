"""What moves in the same transaction as a change, by the kind of record that changed.

`timeline` calls each of these with the new Activity rows of one subject kind.
"""

PROJECTIONS: dict[str, list[str]] = {
    "ticket": ["apps.sla.clocks.reassess"],  # clocks move when the ticket does
    "delivery": ["apps.tickets.undelivered.note_tried_again"],  # what came back leaves after all
    "contact": ["apps.features.demand.follow"],  # two who are one person ask once
}

# The same for records that come by the thousand: asked before they are written.
FORETOLD: dict[str, str] = {"ticket": "apps.sla.arriving.foretell"}
