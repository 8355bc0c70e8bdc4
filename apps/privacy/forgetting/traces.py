"""Forgetting what speaks of somebody without belonging to them: files, imports, the journal."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Q

from apps.outbox import journal
from apps.tickets.models import ImportRejection, ImportRun

from ..choices import Whose
from ..columns import COLUMNS, MENTION
from ..models import ERASED_DOMAIN, Takeout
from ..subject import Subject
from .emptying import GONE, escaped


def forget_files(subject: Subject, addresses: Sequence[str]) -> None:
    """Copies that were made for somebody to fetch."""
    people = Q(whose=Whose.CONTACT, subject_id__in=subject.contacts.values("pk"))
    around = Q(whose=Whose.CUSTOMER, subject_id__in=subject.contacts.values("customer"))
    own = Q(whose=subject.whose, subject_id=subject.pk)
    for takeout in Takeout.objects.filter(people | around | own).exclude(digest=""):
        takeout.path.unlink(missing_ok=True)
        Takeout.objects.filter(pk=takeout.pk).update(digest="", size=0)
    remove_where_named("exports", addresses)


def remove_where_named(folder: str, addresses: Sequence[str], *, but: Iterable[str] = ()) -> None:
    wanted, kept = [one.encode() for one in addresses], set(but)
    for path in (Path(settings.MEDIA_ROOT) / folder).glob("*"):
        if path.is_file() and str(path) not in kept and holds(path, wanted):
            path.unlink(missing_ok=True)


def forget_imports(addresses: Sequence[str], names: Sequence[str]) -> None:
    """Rejected rows and raw files that speak of them; the counts of the runs stay."""
    said = Q()
    for one in (*addresses, *names):
        said |= Q(reason__icontains=one)
    if said:
        ImportRejection.objects.filter(said).update(reason=GONE)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_importrun SET rejected = '[]' WHERE rejected::text ILIKE ANY(%s)",
            [[f"%{escaped(one)}%" for one in (*addresses, *names)]],
        )
    running = ImportRun.objects.filter(state="running").values_list("path", flat=True)
    remove_where_named("imports", addresses, but=running)


def holds(path: Path, wanted: Sequence[bytes]) -> bool:
    """Whether a file holds one of these, in any case; read a megabyte at a time."""
    wanted = [one.lower() for one in wanted]
    longest = max(map(len, wanted), default=0)
    tail = b""
    with path.open("rb") as source:
        while block := source.read(1024 * 1024):
            seen = (tail + block).lower()
            if any(one in seen for one in wanted):
                return True
            tail = block[-longest:]
    return False


def mask_journal(addresses: Sequence[str]) -> None:
    """Overwrite addresses in the journal of sends where they stand: its lines keep their place."""
    for path in journal.folder().glob("*.jsonl"):
        content = path.read_bytes()
        for address in addresses:
            raw = address.encode()
            start = content.find(raw)
            while start >= 0:
                with path.open("r+b") as file:
                    file.seek(start)
                    file.write(b"x" * len(raw))
                start = content.find(raw, start + len(raw))


def mask_mentions(addresses: Sequence[str]) -> None:
    """Take their addresses out of what we wrote elsewhere."""
    for label, decided in COLUMNS.items():
        if not isinstance(decided, dict):
            continue
        table = apps.get_model(label)._meta.db_table
        for column in (name for name, what in decided.items() if what == MENTION):
            for address in addresses:
                with connection.cursor() as cursor:
                    cursor.execute(
                        f"UPDATE {table} SET {column} = replace({column}, %s, %s)"  # noqa: S608
                        f" WHERE {column} LIKE %s",
                        [address, f"erased@{ERASED_DOMAIN}", f"%{escaped(address)}%"],
                    )
