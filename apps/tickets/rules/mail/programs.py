"""What wrote a mail: a person, a program, a program that answers by itself, a mailing list.

`fields` are the head's: lower-case names and what each says, in order.
"""

import re
from collections.abc import Mapping

Fields = Mapping[str, tuple[str, ...]]

_ANSWERS = ("x-autoreply", "x-autorespond", "x-autoresponder", "x-mail-autoreply", "x-vacation")
_LISTS = ("list-id", "list-post", "list-unsubscribe", "mailing-list", "x-mailing-list")
_ENDS = (
    r"(?:\W*$|\s*[^\w\s]"
    r"|\s+(?:re|aw|sv|antw|auto-?reply|until|from|message|notice|notification|bis|vom)\b)"
)
# How a subject begins that only programs write, and one that a person may write as well.
_AUTOMATIC = re.compile(
    r"^\W*(?:"
    r"auto(?:matic|mated)?[ -]?(?:reply|response|answer)|auto(?=\s*:)|autoreply|"
    r"out[ -]of[ -](?:the[ -])?office|vacation (?:reply|response)|"
    r"automatische (?:antwort|antwoord|beantwoording|abwesenheit)|automatisch antwoord|"
    r"abwesenheits(?:notiz|meldung|benachrichtigung|assistent)|"
    r"r[ée]ponse automatique|message d['’]absence|respuesta autom[aá]tica|resposta autom[aá]tica|"
    r"afwezigheidsbericht|risposta automatica|autoodpowied[zź]|odpowied[zź] automatyczna|"
    r"automatiskt? svar|autosvar|automaattinen vastaus|"
    r"автоответ|автоматический ответ|автоматична відповідь|otomatik yan[ıi]t|"
    r"automatick[áa] odpov[ěe][ďd]|automatikus válasz|răspuns automat|αυτόματη απάντηση|"
    r"自動(?:応答|返信|回覆)|自动(?:回复|答复)|不在通知|자동 ?(?:회신|응답)|부재 ?중"
    r")" + _ENDS,
    re.I,
)
_AWAY = re.compile(
    r"^\W*(?:"
    r"away from (?:the|my) office|abwesenheit|abwesend|außer haus|nicht im b[üu]ro|im urlaub|"
    r"absence du bureau|absente? du bureau|absent\(?e?\)?|en congés?|"
    r"fuera de (?:la )?oficina|ausencia temporal|fora do escrit[oó]rio|ausência tempor[aá]ria|"
    r"afwezig|niet aanwezig|fuori (?:sede|ufficio)|poza biurem|frånvaro|fravær|poissa"
    r")" + _ENDS,
    re.I,
)


def said(fields: Fields, name: str) -> str:
    """The first word of a field, in lower case, without parameters."""
    values = fields.get(name, ())
    return values[0].partition(";")[0].strip().lower() if values else ""


def is_auto_reply(fields: Fields, subject: str) -> bool:
    """It answers by itself: out of office, or "we got your message" (RFC 3834)."""
    return is_surely_auto_reply(fields, subject) or bool(_AWAY.match(subject))


def is_surely_auto_reply(fields: Fields, subject: str) -> bool:
    """The same, and no person begins a mail so."""
    submitted = said(fields, "auto-submitted")
    if submitted.startswith(("auto-replied", "auto-notified")):
        return True
    if said(fields, "precedence") in ("auto_reply", "auto-reply"):
        return True
    if any(said(fields, name) not in ("", "no", "false") for name in _ANSWERS):
        return True
    if any("disposition-notification" in one.lower() for one in fields.get("content-type", ())):
        return True  # a receipt: it was read, or thrown away
    return bool(_AUTOMATIC.match(subject))


def reads_nothing(sender: str) -> bool:
    """An address that says that nobody reads what is sent to it."""
    local = sender.partition("@")[0]
    return bool(
        re.fullmatch(r"(?:no|do-?not|ne-?pas)[._-]?reply.*|mailer-daemon|postmaster", local)
    )


def is_program(fields: Fields) -> bool:
    """No person wrote it now."""
    return (
        said(fields, "auto-submitted") not in ("", "no")
        or said(fields, "precedence") in ("bulk", "junk")
        or said(fields, "return-path") == "<>"
        or any(name in fields for name in ("x-cron-env", "feedback-id", "x-loop"))
    )


def is_list(fields: Fields) -> bool:
    """It went to many."""
    return said(fields, "precedence") == "list" or any(name in fields for name in _LISTS)


def wants_no_answer(fields: Fields, subject: str, sender: str) -> bool:
    """Whether a program must not answer it: loops begin that way."""
    return bool(
        reads_nothing(sender)
        or is_auto_reply(fields, subject)
        or is_program(fields)
        or is_list(fields)
        or said(fields, "x-auto-response-suppress") not in ("", "none")
    )


def is_called_spam(fields: Fields) -> bool:
    """The mail server that took it says so."""
    return said(fields, "x-spam-flag") == "yes" or said(fields, "x-spam-status").startswith("yes")


def is_forged(fields: Fields, trusted: str) -> bool:
    """The mail server we trust (its name in Authentication-Results) could not prove the sender."""
    for one in fields.get("authentication-results", ()):
        name, _, results = one.partition(";")
        if trusted and name.strip().lower().partition(" ")[0] == trusted:
            return bool(re.search(r"\bdmarc\s*=\s*fail\b", results, re.I))
    return False
