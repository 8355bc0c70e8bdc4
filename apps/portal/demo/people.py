"""The cast, and the names their customers go by."""

from typing import NamedTuple


class Person(NamedTuple):
    """Somebody who signs in."""

    email: str
    name: str
    role: str
    said: str
    """The role as the start-up output says it."""
    timezone: str = "Europe/Berlin"


CAST = (
    Person("ada@demo.test", "Ada Lindqvist", "support", "support"),
    Person("sol@demo.test", "Sol Reyes", "support_lead", "support lead"),
    Person("pia@demo.test", "Pia Okafor", "product", "product"),
    Person("otto@demo.test", "Otto Brandt", "on_call", "on call"),
    Person("cora@demo.test", "Cora Meyer", "communications", "communications"),
    Person("lea@demo.test", "Lea Moreau", "leadership", "leadership"),
    Person("admin@demo.test", "Robin Hale", "administrator", "administrator"),
)

# Colleagues who answer tickets but are not part of the guided tour.
COLLEAGUES = (
    Person("mira@demo.test", "Mira Nowak", "support", "support"),
    Person("jun@demo.test", "Jun Takeda", "support", "support", "Asia/Tokyo"),
    Person("sam@demo.test", "Sam Whitaker", "support", "support", "America/New_York"),
    Person("ines@demo.test", "Inês Duarte", "support", "support", "Europe/Lisbon"),
)

_FIRST = """
Amara Anders Beatriz Bram Camille Chidi Dana Diego Elif Emeka Farah Felix Greta Hana Hugo Ida
Imran Ines Jonas Kaori Karim Laila Lars Leonie Luca Maeve Marek Mei Milan Nadia Nils Noor
Oona Oscar Paolo Petra Priya Quinn Rafael Rosa Ruth Sanna Seo-yeon Stefan Tariq Tess Tomasz
Uma Viktor Wanjiru Xenia Yara Yusuf Zoe
"""
_LAST = """
Abara Almeida Andersen Bauer Bianchi Castro Chen Costa Eklund Fischer Fontaine Garcia Haddad
Hansen Ibrahim Ivanova Jansen Kaya Keller Kim Kumar Larsen Lehmann Lindgren Marchetti Mbeki
Mensah Moreno Nakamura Nguyen Novak O'Brien Okoye Olsen Ortega Park Petrov Ramos Rossi Sato
Schmidt Silva Singh Svensson Tanaka Torres Varga Virtanen Weber Yilmaz Zhang
"""
FIRST = _FIRST.split()
LAST = _LAST.split()
