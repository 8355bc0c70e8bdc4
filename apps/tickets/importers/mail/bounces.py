"""Reports of mail servers that something did not arrive (RFC 3464, and those who never read it),
or was not wanted (RFC 5965)."""

import re
from dataclasses import replace

from apps.timeline.text import scrub

from .charsets import text_of
from .heads import fields_of, ids_of, line_of, split
from .letter import Bounce
from .parts import Parts

_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])(5[0-5]\d|4[25]\d)[ -]")
_SENDERS = re.compile(
    r"^(?:mailer-daemon|mail-daemon|maildaemon|postmaster|mdaemon|bounces?|mailerdaemon)\b", re.I
)
_SUBJECTS = re.compile(
    r"undeliver|delivery (?:status|failure|has failed|report|problem)|returned (?:mail|to sender)|"
    r"failure notice|mail delivery|nicht zugestellt|unzustellbar|zustellung|non remis|"
    r"échec de la remise|no se (?:ha podido|puede) entregar|devuelto|não entregue|"
    r"niet (?:afgeleverd|bezorgd)|mancato recapito|nie dostarczono|配信不能|退信|无法投递|"
    r"message (?:blocked|not delivered)|could ?n[o']t be delivered",
    re.I,
)
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]@]{1,64}@[^\s<>,;:\"()\[\]@]{3,190}")
_DEAD = re.compile(
    r"user unknown|unknown user|no such (?:user|recipient|mailbox|address)|does ?n[o']t exist|"
    r"mailbox (?:unavailable|not found|disabled)|address (?:rejected|not found|couldn't be found)|"
    r"recipient (?:rejected|unknown|not found)|account (?:has been )?disabled|"
    r"unbekannt|existiert nicht|n'existe pas|no existe|não existe|bestaat niet|"
    r"host (?:unknown|not found)",
    re.I,
)
_LATER = re.compile(
    r"delayed|will (?:be retried|retry|keep trying)|still being retried|warning: message|"
    r"verzögert|wird weiter versucht|over quota|mailbox (?:is )?full|try again later",
    re.I,
)


def read(
    parts: Parts, fields: dict[str, tuple[str, ...]], sender: str, subject: str, text: str
) -> Bounce | None:
    """What was reported; nothing when this is no report of a mail server."""
    if parts.reports:
        found = _of_report(parts)
        if found is not None:
            return found
    nobody = any(said.strip() in ("<>", "") for said in fields.get("return-path", ()))
    failed = " ".join(fields.get("x-failed-recipients", ()))
    server = bool(_SENDERS.match(sender)) or (not sender and nobody)
    if not failed and not ((server or nobody) and _SUBJECTS.search(subject)):
        return None
    return _of_words(parts, failed, text)


def _of_report(parts: Parts) -> Bounce | None:
    for report in parts.reports:
        about: dict[str, str] = {}  # the mail
        told: list[dict[str, str]] = []  # of each recipient
        for block in re.split(rb"\r?\n(?:[ \t]*\r?\n)+", report[:100_000]):
            fields = fields_of(block)
            if "final-recipient" in fields or "action" in fields:
                told.append({})
            for name, values in fields.items():
                (told[-1] if told else about).setdefault(name, values[0])
        if "feedback-type" in about:
            return _complaint(parts, about)
        found = [one for one in (_of_recipient(one) for one in told or [about]) if one]
        if found:
            worst = min(found, key=lambda one: (not one.is_hard, one.action != "delayed"))
            asked = about.get("x-original-message-id", "")
            return replace(worst, message_ids=(*_ids(parts, ""), *ids_of([asked])))
    return None


def _of_recipient(said: dict[str, str]) -> Bounce | None:
    """What became of one recipient's mail; nothing when nothing is said of it."""
    action = said.get("action", "").strip().lower().split(" ")[0]
    reason = said.get("diagnostic-code", "")
    status = _STATUS.search(said.get("status", "")) or _STATUS.search(reason)
    if not action and not status:
        return None
    code = status[1] if status else ""
    who = said.get("final-recipient") or said.get("original-recipient", "")
    why = reason.partition(";")[2] or reason
    return Bounce(
        recipient=_address(who.partition(";")[2] or who),
        status=code,
        action=action or ("failed" if code.startswith("5") else "delayed"),
        reason=line_of(why or f"Status {code}" if code else why, 300),
    )


def _complaint(parts: Parts, said: dict[str, str]) -> Bounce:
    """RFC 5965: what a reader told their mail provider about a mail of ours."""
    kind = said["feedback-type"].strip().lower()
    who = said.get("original-rcpt-to") or said.get("removal-recipient", "")
    return Bounce(
        recipient=_address(who),
        action="complained" if kind in ("abuse", "fraud", "opt-out") else "delivered",
        reason="Its reader marked a mail of ours as spam." if kind != "not-spam" else kind,
        message_ids=_ids(parts, ""),
    )


def _of_words(parts: Parts, failed: str, text: str) -> Bounce:
    """A server that writes as it likes: the first code, address and reason in its words."""
    start = text[:20_000]
    status, code = _STATUS.search(start), _CODE.search(start)
    dead = _DEAD.search(start)
    later = _LATER.search(start)
    number = status[1] if status else ""
    hard = number.startswith("5") or (not number and bool(code and code[1][0] == "5"))
    action = "failed" if hard or (dead and not later) or not later else "delayed"
    marks = [found for found in (dead, status, code) if found]
    reason = _line_around(start, marks[0].start()) if marks else ""
    return Bounce(
        recipient=_address(failed or start),
        status=number,
        action=action,
        reason=line_of(reason, 300),
        message_ids=_ids(parts, text),
    )


def _address(said: str) -> str:
    found = _ADDRESS.search(said)
    return found[0].strip(".'").lower() if found else ""


def _line_around(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : (text + "\n").find("\n", at)]


def _ids(parts: Parts, text: str) -> tuple[str, ...]:
    """The Message-IDs of what came back: of its head, then wherever one is told."""
    found: list[str] = []
    for returned in parts.returned:
        head = fields_of(split(returned[:200_000])[0])
        found += ids_of(head.get("message-id", ()))
        if not head.get("message-id"):
            told = re.findall(
                r"(?im)^[> ]*message-id:\s*(<[^<>\s]{3,900}>)", scrub(text_of(returned[:200_000]))
            )
            found += told
    found += re.findall(r"(?im)^[> \t]*message-id:\s*(<[^<>\s]{3,900}>)", text[:200_000])
    return tuple(dict.fromkeys(found))
