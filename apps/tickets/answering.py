"""What somebody sends from the editor: a reply or a note, with its draft, its files, its copies.

Whatever is refused stays as a draft: what was typed and brought is never lost.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apps.statements.records import Records
from apps.statements.statement import Given
from apps.timeline.refusal import Refused

from .choices import Mode, Next
from .files import Kept, kept_of
from .models import CannedReply, Draft, Message
from .rules.addresses import refusal as refuse_copies

_DRAFT = Records(
    lambda: Draft.objects.of(Given("person")).filter(ticket=Given("ticket"), mode=Given("mode"))
)


@dataclass(frozen=True, slots=True)
class Words:
    """What the editor holds when somebody presses Send."""

    mode: str
    body: str
    after: str = Next.WAIT
    cc: tuple[str, ...] | None = None  # as the thread says, unless somebody chose
    canned: tuple[int, ...] = ()  # the canned replies that were put in
    seen: int | None = None
    tells: tuple[int, ...] | None = None  # the owed answers it tells of; all, unless chosen
    based_on: int = 0


def answer(
    ticket: Any, words: Words, *, by: Any, at: datetime, files: Sequence[Kept] = ()
) -> Message:
    """Say it, with the files that waited; the draft is spent in the same transaction."""
    try:
        return _say(ticket, words, by=by, at=at, files=files)
    except Refused:
        keep(ticket, words, by=by, at=at, files=files)
        raise


def keep(
    ticket: Any, words: Words, *, by: Any, at: datetime, files: Sequence[Kept] = ()
) -> Draft | None:
    """The same as a draft; words that no text may hold are not kept."""
    try:
        draft = Draft.objects.keep(
            ticket,
            by,
            mode=words.mode,
            body=words.body,
            cc=words.cc or (),
            based_on=words.based_on,
            at=at,
        )
    except Refused:
        return None
    draft.add_files(files)
    return draft


def _say(ticket: Any, words: Words, *, by: Any, at: datetime, files: Sequence[Kept]) -> Message:
    if words.after not in Next.values:
        raise Refused("Choose what the reply leaves behind.", field="after")
    if refusal := refuse_copies(words.cc or ()):
        raise Refused(refusal, field="cc")
    with ticket.held("contact", "queue"):
        draft = _DRAFT.first(person=by.pk, ticket=ticket.pk, mode=words.mode)
        used: list[CannedReply] = []
        if words.canned:
            offered = CannedReply.objects.offered_to(by).prefetch_related("files")
            used = list(offered.filter(pk__in=words.canned))
        attached = _each(*files, *(file for one in (draft, *used) for file in _of(one)))
        if words.mode == Mode.NOTE:
            message = ticket.note(words.body, by=by, at=at, attachments=attached)
        else:
            message = ticket.reply(
                words.body,
                by=by,
                at=at,
                after=words.after,
                cc=words.cc,
                seen=words.seen,
                tells=words.tells,
                attachments=attached,
            )
        if words.canned:
            CannedReply.objects.used(words.canned, at=at)
        if draft:
            Draft.objects.spend(ticket, by, mode=words.mode, body=words.body, at=at)
    return message


def _of(owner: Any) -> list[Kept]:
    return [kept_of(file) for file in owner.files.all()] if owner else []


def _each(*files: Kept) -> list[Kept]:
    """Each content once."""
    return list({file.digest: file for file in files}.values())
