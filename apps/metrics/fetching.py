"""Asking a source: its kind decides how, and every answer becomes a batch."""

import base64
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
from django.conf import settings
from django.db import connection, transaction
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from apps.outbox import reach

from .choices import SourceKind
from .importers import mapping, prometheus, rows
from .importers.records import Batch, Unusable
from .models import Source
from .rules.grid import Piece

MOST_BYTES = 10_000_000
MOST_ROWS = 500_000
LONGEST_QUERY = 1_500  # characters; a longer one is posted
WRONG_SETTING = {400, 401, 403, 404, 405, 410, 414, 422}


def fetch(source: Source, piece: Piece) -> Batch:
    """The samples of a range; raises Unusable with a sentence. Secrets are in no sentence."""
    ask = {
        SourceKind.PROMETHEUS: _prometheus,
        SourceKind.JSON: _json,
        SourceKind.SQL: _sql,
    }.get(SourceKind(source.sort))
    if ask is None:
        raise Unusable("Such a source is not asked for a range.", final=True)
    try:
        return ask(source, piece)
    except reach.Unreachable as error:
        raise Unusable(str(error), final=error.final) from None


def complaint(source: Source) -> str | None:
    """Why these settings cannot work, or None: what a form says before anything is saved."""
    kind = SourceKind(source.sort)
    try:
        if kind in (SourceKind.PROMETHEUS, SourceKind.JSON):
            reach.check(_address(source, Piece(0, 0, 1)) if kind == SourceKind.JSON else source.url)
        if kind == SourceKind.JSON:
            mapping.Mapping.of(source.mapping)
        if kind == SourceKind.CSV:
            folder(source)
    except (reach.Unreachable, Unusable, ValueError) as error:
        return str(error)
    if kind in (SourceKind.PROMETHEUS, SourceKind.SQL) and not source.query.strip():
        return "The query is empty."
    if kind == SourceKind.SQL and source.metric.form.is_histogram and not _bounds(source):
        return 'The mapping of a histogram names its edges: {"bounds": [0.1, 0.5]}.'
    return None


# --- HTTP


def _prometheus(source: Source, piece: Piece) -> Batch:
    question = {"query": source.query, "start": piece.start, "end": piece.end, "step": piece.step}
    asked = urlencode({**question, "timeout": f"{source.timeout}s"})
    url, headers = source.url.rstrip("/") + "/api/v1/query_range", _headers(source)
    if len(asked) <= LONGEST_QUERY:
        reply = reach.fetch(
            f"{url}?{asked}", headers=headers, seconds=source.timeout, most=MOST_BYTES
        )
    else:
        reply = reach.fetch(
            url,
            method="POST",
            body=asked.encode(),
            headers={**headers, "Content-Type": "application/x-www-form-urlencoded"},
            seconds=source.timeout,
            most=MOST_BYTES,
        )
    if not 200 <= reply.status < 300:
        raise _refusal(reply)
    batch = prometheus.read(reply.body, histogram=source.metric.form.is_histogram)
    _within(batch, piece)
    return batch


def _json(source: Source, piece: Piece) -> Batch:
    reply = reach.fetch(
        _address(source, piece),
        headers={**_headers(source), "Accept": "application/json"},
        seconds=source.timeout,
        most=MOST_BYTES,
    )
    if not 200 <= reply.status < 300:
        raise _refusal(reply)
    try:
        how = mapping.Mapping.of(source.mapping)
    except ValueError as error:
        raise Unusable(str(error), final=True) from None
    return mapping.read(reply.body, how)


def _address(source: Source, piece: Piece) -> str:
    """`{from}`, `{to}` (RFC 3339), `{from_epoch}`, `{to_epoch}` and `{step}` in the address."""
    places = {
        "from": datetime.fromtimestamp(piece.start, UTC).isoformat(),
        "to": datetime.fromtimestamp(piece.end, UTC).isoformat(),
        "from_epoch": str(piece.start),
        "to_epoch": str(piece.end),
        "step": str(piece.step),
    }
    url = source.url
    for name, text in places.items():
        url = url.replace("{" + name + "}", quote(text, safe=""))
    return url


def _headers(source: Source) -> dict[str, str]:
    secret = source.secret
    if not secret:
        return {}
    if source.header:
        return {source.header: secret}
    if source.username:
        pair = base64.b64encode(f"{source.username}:{secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return {"Authorization": f"Bearer {secret}"}


def _refusal(reply: reach.Reply) -> Unusable:
    """What a status says, with the server's own words where it gave them as it should."""
    if 300 <= reply.status < 400:
        return Unusable(
            f"The server redirects ({reply.status}): enter the address itself.", final=True
        )
    final = reply.status in WRONG_SETTING
    try:
        prometheus.read(reply.body)
    except Unusable as said:
        if str(said).startswith("The server refused"):
            return Unusable(str(said), final=final or said.final)
    return Unusable(f"The server answered {reply.status}.", final=final)


def _within(batch: Batch, piece: Piece) -> None:
    """A server that answers another range than it was asked for is not believed."""
    slack = piece.step
    for at in (batch.first, batch.last):
        if at is not None and not piece.start - slack <= at <= piece.end + slack:
            raise Unusable("The server answered points outside the range that was asked for.")


# --- SQL


def _sql(source: Source, piece: Piece) -> Batch:
    """A read-only query with `%(from)s` and `%(to)s`, on our own tables or a given server."""
    start = datetime.fromtimestamp(piece.start, UTC)
    known = {"from": start, "to": datetime.fromtimestamp(piece.end + piece.step, UTC)}
    try:
        columns, found = _elsewhere(source, known) if source.has_secret else _here(source, known)
    except psycopg.Error as error:
        raise Unusable(
            _said(error), final=not isinstance(error, psycopg.OperationalError)
        ) from None
    if len(found) > MOST_ROWS:
        raise Unusable(f"The query yields more than {MOST_ROWS:,} rows.", final=True)
    if source.metric.form.is_histogram:
        return rows.read_histograms(columns, found, _bounds(source))
    return rows.read(columns, found)


def _here(source: Source, known: dict[str, datetime]) -> tuple[list[str], list[tuple]]:
    """In a transaction that can only read and is rolled back, whatever the query tries."""
    connection.ensure_connection()
    with transaction.atomic():
        try:
            with psycopg.Cursor(connection.connection) as cursor:
                cursor.execute("SET LOCAL transaction_read_only = on")
                cursor.execute(f"SET LOCAL statement_timeout = {int(source.timeout) * 1000}")
                return _rows(cursor, source.query, known)
        finally:
            transaction.set_rollback(True)


def _elsewhere(source: Source, known: dict[str, datetime]) -> tuple[list[str], list[tuple]]:
    """The data source name is the secret; its host is vetted and connected to as vetted."""
    try:
        parts = conninfo_to_dict(source.secret)
    except psycopg.Error:
        raise Unusable("The secret is not a PostgreSQL address.", final=True) from None
    host, port = str(parts.get("host") or ""), int(parts.get("port") or 5432)
    if not host or host.startswith("/"):
        raise Unusable("The PostgreSQL address names no host.", final=True)
    address = reach.vet(host, port)[0]
    wanted = make_conninfo(
        source.secret,
        hostaddr=address,
        connect_timeout=int(source.timeout),
        application_name="afterlaunch-source",
        options=f"-c default_transaction_read_only=on -c statement_timeout={source.timeout}s",
    )
    with psycopg.connect(wanted) as other, other.cursor() as cursor:
        return _rows(cursor, source.query, known)


def _rows(
    cursor: psycopg.Cursor, query: str, known: dict[str, datetime]
) -> tuple[list[str], list[tuple]]:
    # Within brackets only a SELECT can stand; binary means the extended protocol, which takes
    # one statement and no more.
    asked = f"SELECT * FROM (\n{query.strip().rstrip(';')}\n) AS answer"  # noqa: S608
    cursor.execute(asked, known, binary=True)
    assert cursor.description is not None
    return [column.name for column in cursor.description], cursor.fetchmany(MOST_ROWS + 1)


def _said(error: psycopg.Error) -> str:
    if isinstance(error, psycopg.errors.QueryCanceled):
        return "The query took longer than the source may take."
    if isinstance(error, psycopg.OperationalError) and error.diag.message_primary is None:
        return "The database cannot be reached."  # its words hold the address
    return f"The database refused the query: {error.diag.message_primary or 'no reason given'}."


def _bounds(source: Source) -> list[float]:
    given = source.mapping.get("bounds") if isinstance(source.mapping, dict) else None
    return [float(edge) for edge in given] if isinstance(given, list) else []


# --- folders


def folder(source: Source) -> Path:
    """The folder of a CSV source: below IMPORT_FOLDER, and nowhere else."""
    root = Path(settings.IMPORT_FOLDER).resolve()
    place = (root / source.query.strip()).resolve()
    if place == root or not place.is_relative_to(root):
        raise Unusable("Name a folder below IMPORT_FOLDER.", final=True)
    return place
