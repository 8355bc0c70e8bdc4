"""What stands now, as figures: what everybody carries, and what today will probably break."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from apps.accounts.models import User
from apps.figures.figure import Figure, Reading
from apps.figures.registry import definition

from . import forecast, load
from .asked import Asked
from .figures import forecast as foreseen
from .figures import load as loads


@dataclass(frozen=True, slots=True)
class Carrying:
    """One person's line of the load table; `usual` is how many answers four hours bring."""

    agent: User
    open: Figure
    due: Figure
    waiting: Figure
    capacity: Figure
    usual: float


def carrying(asked: Asked, *, at: datetime) -> list[Carrying]:
    """Everybody's load, by name."""
    found = []
    for one in load.carried(asked, at=at):
        scope = asked.scope | {"agent": str(one.agent.pk)}
        parts = {
            part: definition("support.load").read(
                Reading.count(getattr(one, part)), at=at, **scope, part=part
            )
            for part in ("open", "due", "waiting")
        }
        use = definition("support.capacity").read(loads.use(one.due, one.usual), at=at, **scope)
        found.append(Carrying(one.agent, **parts, capacity=use, usual=one.usual))
    return found


@dataclass(frozen=True, slots=True)
class Ahead:
    """Today's forecast, how such forecasts held, and what both were computed from."""

    forecast: Figure
    calibration: Figure
    outlook: forecast.Outlook


def ahead(
    asked: Asked,
    *,
    at: datetime,
    zone: tzinfo,
    place: str,
    told: tuple[forecast.Outlook, datetime] | None = None,
) -> Ahead:
    """What the rest of the day will bring; `told` is the outlook if it is known, and as of when."""
    found, at = told or (forecast.outlook(asked, at=at, zone=zone), at)
    scope = asked.scope | {"zone": place}
    expected, calibration = (
        definition(f"support.{name}").read(reading, at=at, **scope)
        for name, reading in (
            ("forecast", foreseen.expected(found)),
            ("calibration", foreseen.calibration(found)),
        )
    )
    return Ahead(expected, calibration, found)
