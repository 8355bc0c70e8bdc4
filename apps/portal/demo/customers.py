"""Tidewater's customers: who they are, what they pay, and who writes from there."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from apps.accounts.models import User
from apps.customers.models import Customer

from .people import FIRST, LAST

# name, domain, plan, yearly revenue in euros, time zone
_ORGANISATIONS = """
Northwind Logistics|northwind.example|enterprise|96000|Europe/Amsterdam
Halden Bank|haldenbank.example|enterprise|148000|Europe/Oslo
Meridian Health|meridianhealth.example|enterprise|121000|America/New_York
Castellan Insurance|castellan.example|enterprise|87000|Europe/Madrid
Ostrava Labs|ostravalabs.example|team|14400|Europe/Prague
Kite & Co|kiteandco.example|starter|1800|Europe/London
Bluefin Analytics|bluefin.example|team|19200|America/Los_Angeles
Lumen Studio|lumen.example|starter|2400|Europe/Berlin
Parallel Works|parallel.example|starter|1800|Europe/Dublin
Aoyama Retail|aoyama.example|enterprise|74000|Asia/Tokyo
Sable Energy|sable.example|enterprise|110000|Europe/Paris
Harbour City Council|harbourcity.example|enterprise|52000|Australia/Sydney
Fennel Foods|fennel.example|team|12000|Europe/Rome
Grove Schools Trust|groveschools.example|team|9600|Europe/London
Tern Mobility|tern.example|team|16800|Europe/Stockholm
Pinecrest Clinics|pinecrest.example|team|21600|America/Chicago
Juniper Press|juniperpress.example|starter|2400|America/Toronto
Orchard Payroll|orchardpay.example|team|18000|Europe/Lisbon
Vela Shipping|velashipping.example|enterprise|64000|Asia/Singapore
Brightwater Utilities|brightwater.example|enterprise|91000|Europe/London
Quarry Software|quarry.example|team|13200|Europe/Warsaw
Saffron Travel|saffron.example|team|15600|Asia/Kolkata
Moss & Stone|mossandstone.example|starter|1200|Europe/Copenhagen
Cobalt Games|cobaltgames.example|team|26400|Europe/Helsinki
Delta Freight|deltafreight.example|enterprise|58000|America/Sao_Paulo
Wren Legal|wrenlegal.example|team|11400|Europe/London
Elm Street Credit Union|elmstreet.example|team|24000|America/Denver
Nordlys Telecom|nordlys.example|enterprise|133000|Europe/Oslo
Plum Property|plumproperty.example|starter|2400|Europe/Vienna
Rook Security|rook.example|team|17400|Europe/Zurich
Tamarind Hotels|tamarind.example|team|20400|Asia/Bangkok
Union Square Theatre|unionsquare.example|starter|1200|America/New_York
Violet Cosmetics|violet.example|team|14400|Europe/Paris
Westmark Foundry|westmark.example|team|12600|Europe/Brussels
Yarrow Research|yarrow.example|starter|3000|Europe/Berlin
Zephyr Cycles|zephyr.example|starter|1800|Europe/Amsterdam
Acorn Nurseries|acorn.example|starter|1200|Europe/London
Basalt Construction|basalt.example|team|16200|Atlantic/Reykjavik
Cinder Coffee|cinder.example|starter|1800|America/Los_Angeles
Dovetail Furniture|dovetail.example|starter|2400|Europe/Copenhagen
Ember Robotics|ember.example|team|27600|Asia/Seoul
Foxglove Pharma|foxglove.example|enterprise|102000|Europe/Zurich
Gale Wind Parks|gale.example|team|22800|Europe/Copenhagen
Hearth Charity|hearth.example|starter|600|Europe/London
Inkwell Books|inkwell.example|starter|1200|Europe/Dublin
Jetty Marine|jetty.example|team|13800|Pacific/Auckland
Kestrel Aerospace|kestrel.example|enterprise|79000|Europe/Madrid
Lattice Cloud|lattice.example|team|30000|America/New_York
Maple Fitness|maple.example|starter|2400|America/Toronto
Nimbus Weather|nimbus.example|team|18600|Europe/Berlin
"""


@dataclass(frozen=True)
class Contact:
    """A person who writes in."""

    name: str
    email: str


READS = {"Europe/Berlin": "de", "Europe/Vienna": "de", "Europe/Zurich": "de-CH"}


@dataclass(frozen=True)
class Organisation:
    """A customer of the story."""

    external_id: str
    name: str
    domain: str
    plan: str
    arr: int
    timezone: str
    renews_on: date
    contacts: tuple[Contact, ...]

    @property
    def weight(self) -> float:
        """How often somebody there writes: larger customers write more, not in proportion."""
        return {"enterprise": 6.0, "team": 3.0, "starter": 1.2}[self.plan]


OWNERS = {  # whoever knows the customers of a part of the world
    "Europe": ("ines@demo.test", "ada@demo.test", "mira@demo.test"),
    "America": ("sam@demo.test",),
    "Asia": ("jun@demo.test",),
    "Australia": ("jun@demo.test",),
}


def tell_owners(now: datetime, people: dict[str, User]) -> None:
    """Sol gave the large customers, and some of the middling, to somebody who knows them."""
    for number, line in enumerate(_ORGANISATIONS.strip().splitlines(), start=1):
        name, _, plan, _, zone = line.split("|")
        own = OWNERS.get(zone.partition("/")[0], ())
        if own and (plan == "enterprise" or (plan == "team" and number % 3 == 0)):
            Customer.objects.get(name=name).change(
                owner=people[own[number % len(own)]],
                by=people["sol@demo.test"],
                at=now - timedelta(days=90 - number),
            )


def organisations(today: date, dice: Random) -> list[Organisation]:
    """Every customer, with contacts and a renewal date in the coming year."""
    found = []
    for number, line in enumerate(_ORGANISATIONS.strip().splitlines(), start=1):
        name, domain, plan, arr, zone = line.split("|")
        size = {"enterprise": 6, "team": 3, "starter": 1}[plan]
        found.append(
            Organisation(
                external_id=f"org-{number:03d}",
                name=name,
                domain=domain,
                plan=plan,
                arr=int(arr),
                timezone=zone,
                renews_on=today + timedelta(days=dice.randrange(9, 360)),
                contacts=tuple(_contacts(domain, size, dice)),
            )
        )
    return found


def _contacts(domain: str, size: int, dice: Random) -> list[Contact]:
    people: dict[str, Contact] = {}
    while len(people) < size:
        first, last = dice.choice(FIRST), dice.choice(LAST)
        local = f"{first}.{last}".lower().replace("'", "").replace(" ", "")
        address = f"{local.encode('ascii', 'ignore').decode()}@{domain}"
        people.setdefault(address, Contact(f"{first} {last}", address))
    return list(people.values())
