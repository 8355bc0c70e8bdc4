"""What a mail says now, and what it only repeats: folded, never deleted.

Found from the top: our own marker, a line that introduces a quotation ("On … wrote:") in the
languages people write to us in, the head of a forwarded or answered mail, a separator. Whoever
answers below or within a quotation is not folded: then only what is quoted after the last word of
theirs is.
"""

import re

from mailparser_reply.parser import EmailMessage

LONGEST = 200_000  # characters that are looked at
MARKER = "Please write above this line"
_SECOND = 20_000  # characters the second opinion gets: its expressions look far ahead
_LANGUAGES = ["de", "es", "fr", "it", "ja", "ko", "nl", "pl", "sv", "da", "cs", "zh"]

# "… wrote:" as programs end the line that introduces a quotation.
_WROTE = (
    r"wrote|writes|schrieb|geschrieben|a écrit|écrit|escribió|escribio|escreveu|schreef|"
    r"ha scritto|scritto|napisał(?:\(a\)|a)?|pisze|skrev|kirjoitti|написал(?:\(а\)|а)?|пише|"
    r"geschreven|wrote the following|napsal(?:\(a\)|a)?|írta|yazdı|a scris|έγραψε|написав|написала"
)
_INTRODUCES = re.compile(
    rf"""^[ \t>]{{0,4}}(?:
      (?:On|Am|Le|El|Em|Op|Il|W|Dnia|Den|Den\ |V|On\ the|Il\ giorno|W\ dniu|Em\ |Dne)\b
        .{{1,300}}?\b(?:{_WROTE})\b[^\n:]{{0,120}}[:\uff1a]
      |.{{1,200}}<?[^\s<>@]{{1,80}}@[^\s<>@]{{1,80}}>?.{{0,80}}?(?:{_WROTE})[^\n:]{{0,40}}[:\uff1a]
      |.{{1,160}}\b(?:schrieb|écrit|escribió|escreveu|schreef|scritto|wrote)
        \ (?:am|le|el|em|op|il|on)\b.{{1,120}}[:\uff1a]
      |\d{{4}}[年/.-].{{4,160}}?(?:のメール|:|:)
      |.{{1,120}}\d{{4}}年.{{1,160}}(?:写道|寫道|作成|のメール|書きました|に書きました)[:\uff1a]?
      |在.{{4,200}}(?:写道|寫道)[:\uff1a]
      |.{{4,200}}(?:さんは書きました|님이\ 작성)[:\uff1a]
    )[ \t]*$""",
    re.I | re.X,
)
_OPENS = re.compile(r"^[ \t>]{0,4}(?:On|Am|Le|El|Em|Op|Il|W|Dnia|Den|V|Dne)\b.{4,300}$", re.I)
_SEPARATES = re.compile(
    r"""^[ \t>]{0,4}(?:
      -{2,}[ ]?(?:Original\ Message|Original\ Appointment|Ursprüngliche\ Nachricht|Originalnachricht
        |Message\ d['’]origine|Message\ original|Mensaje\ original|Mensagem\ original
        |Oorspronkelijk\ bericht|Messaggio\ originale|Oryginalna\ wiadomość|Wiadomość\ oryginalna
        |Ursprungligt\ meddelande|原始邮件|原始郵件|元のメッセージ|Original-Nachricht
        |Oprindelig\ meddelelse|Opprinnelig\ melding|Alkuperäinen\ viesti|Původní\ zpráva
        |Eredeti\ üzenet|Исходное\ сообщение|Оригінальне\ повідомлення|Özgün\ İleti|원본\ 메시지
        |Forwarded\ [Mm]essage|Weitergeleitete\ Nachricht|Message\ transféré|Mensaje\ reenviado
        |Mensagem\ encaminhada|Doorgestuurd\ bericht|Messaggio\ inoltrato|転送メッセージ|转发邮件
      )[ ]?-{0,}
      |Begin\ forwarded\ message:|Anfang\ der\ weitergeleiteten\ Nachricht:
      |Début\ du\ message\ (?:transféré|réexpédié)\ ?:|Inicio\ del\ mensaje\ reenviado:
      |_{20,}
    )[ \t]*$""",
    re.I | re.X,
)
_HEAD_FROM = re.compile(
    r"^[ \t>*]{0,4}(?:From|Von|De|Van|Da|Od|Från|Fra|От|Від|Kimden|Lähettäjä|Feladó|Από|De la|"
    r"差出人|发件人|寄件者|보낸 사람)\*?[ \t]?[:\uff1a]\*?.+$",
    re.I,
)
_HEAD_MORE = re.compile(
    r"""^[ \t>*]{0,4}(?:
      Sent|Date|To|Отправлено|Дата|Кому|Тема|Копия|Надіслано|Gönderildi|Tarih|Kime|Konu|Lähetetty
      |Vastaanottaja|Aihe|Päivämäärä|Elküldve|Dátum|Címzett|Tárgy|Στάλθηκε|Ημερομηνία|Προς|Θέμα
      |Trimis|Către|Subiect|Odesláno|Komu|Předmět|Sendt|Dato|Til|Emne|보낸\ 날짜|날짜|받는\ 사람
      |제목|Subject|Cc|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|Enviado(?:\ el)?|Fecha|Para
      |Asunto|Data|Assunto|Enviada(?:\ em)?|Verzonden|Aan|Onderwerp|Inviato|A|Oggetto|Wysłano|Do
      |Temat|Skickat|Till|Ämne|送信日時|宛先|件名|发送时间|收件人|主题|日付|日期|抄送
    )\*?[ \t]?[:\uff1a]\*?""",
    re.I | re.X,
)
_SENT_FROM = re.compile(
    r"^(?:Sent from|Von meinem|Gesendet von|Envoyé de(?:puis)?|Enviado desde|Enviado do|Inviato da|"
    r"Verzonden vanaf|Verstuurd vanaf|Wysłane z|Get Outlook for)\b.{0,80}$",
    re.I,
)


_REPEATS = re.compile(r">(?:[ \t>]|$)", re.M)
_ENDS_IN_ADDRESS = re.compile(r"[^\s<>@]{1,80}@[^\s<>@]{1,80}.{0,80}[:\uff1a][ \t]*$")


def split(text: str) -> tuple[str, str]:
    """What is said now and what is repeated; together they are everything that came."""
    looked, rest = text[:LONGEST], text[LONGEST:]
    lines = looked.split("\n")
    at = _begins(lines)
    if at is None:
        at = _second_opinion(looked)
    if at is None:
        at = _trailing_quote(lines)
    if at is None and _REPEATS.match(text.lstrip()):
        return _below(lines, 0, rest)
    if at is None:
        return text.strip(), ""
    said, repeated = lines[:at], lines[at:]
    if not _has_words(said):
        return _below(lines, at, rest)
    if _answers_within(repeated):
        cut = _trailing_quote(lines)
        if cut is None:
            return text.strip(), ""
        said, repeated = lines[:cut], lines[cut:]
    return _join(said), _join(repeated) + rest


def _begins(lines: list[str]) -> int | None:
    """The line a quotation begins at."""
    for n, line in enumerate(lines):
        if MARKER in line:
            return n
        if len(line) > 500 or not line.strip():
            continue
        if _SEPARATES.match(line) or _is_head(lines, n):
            return n
        if _ENDS_IN_ADDRESS.search(line) and _is_followed_by_quote(lines, n):
            opened = n and not re.search(r"\d{4}", line) and re.search(r"\d{4}", lines[n - 1])
            return n - 1 if opened else n  # in whatever language
        if (
            ":" in line
            or "\uff1a" in line
            or "写道" in line
            or "寫道" in line
            or "書きました" in line
        ):
            for joined, first in ((_with_before(lines, n), n - 1), (line, n)):
                if _INTRODUCES.match(joined) and _goes_on_quoting(lines, n):
                    return max(first, 0)
    return None


def _with_before(lines: list[str], n: int) -> str:
    """The line together with the one before it, where it may have been broken from that."""
    opens = n and _OPENS.match(lines[n - 1])
    return f"{lines[n - 1].rstrip()} {lines[n].lstrip('> ')}" if opens else ""


def _goes_on_quoting(lines: list[str], n: int) -> bool:
    """Something follows; a mail that ends in "he wrote:" quotes nothing."""
    return any(line.strip() for line in lines[n + 1 : n + 6])


def _is_followed_by_quote(lines: list[str], n: int) -> bool:
    """Only quoted lines come right below."""
    below = next((line for line in lines[n + 1 : n + 4] if line.strip()), "")
    return not _is_quoted(lines[n]) and _is_quoted(below)


def _is_head(lines: list[str], n: int) -> bool:
    """From: with at least two of Sent:, To:, Subject: below it."""
    if not _HEAD_FROM.match(lines[n]):
        return False
    more = sum(bool(_HEAD_MORE.match(line)) for line in lines[n + 1 : n + 7])
    return more >= 2


def _second_opinion(text: str) -> int | None:
    """What a library for this finds where none of the rules above fits."""
    if len(text) > _SECOND or "@" not in text:
        return None
    try:
        found = EmailMessage(text=text, languages=list(_LANGUAGES)).HEADER_REGEX.search(text)
    except Exception:
        return None
    return text.count("\n", 0, found.start() + 1) if found and found.start() else None


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _trailing_quote(lines: list[str]) -> int | None:
    """Where the quoted lines at the end begin, with the line that introduces them."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    start = end
    while start and (_is_quoted(lines[start - 1]) or not lines[start - 1].strip()):
        start -= 1
    while start < end and not lines[start].strip():
        start += 1
    if end - start < 2 or not _is_quoted(lines[end - 1]):
        return None
    before = start - 1
    while before > 0 and not lines[before].strip():
        before -= 1
    if before > 0 and lines[before].rstrip().endswith((":", "\uff1a")):
        start = before
    return start if _has_words(lines[:start]) else None


def _has_words(lines: list[str]) -> bool:
    return any(
        line.strip() and not _is_quoted(line) and not _SENT_FROM.match(line.strip())
        for line in lines
    )


def _answers_within(repeated: list[str]) -> bool:
    """Whether words of the writer stand below or between quoted lines."""
    quoted = [n for n, line in enumerate(repeated) if _is_quoted(line)]
    if not quoted:
        return False
    first = quoted[0]
    if any(_SEPARATES.match(line) for line in repeated[:first]):
        return False
    run = [line for line in repeated[first + 1 :] if line.strip() and not _is_quoted(line)]
    signature = next((n for n, line in enumerate(run) if line.rstrip() == "--"), len(run))
    return any(not _SENT_FROM.match(line.strip()) for line in run[:signature])


def _below(lines: list[str], at: int, rest: str) -> tuple[str, str]:
    """The quotation comes first: the answer, if there is one, is beneath it."""
    quoted = [n for n in range(at, len(lines)) if _is_quoted(lines[n])]
    if not quoted or _SEPARATES.match(lines[at]) or _is_head(lines, at):
        return _join(lines) + rest, ""  # a forward says nothing else: it is what is said
    last = quoted[0]
    while last + 1 < len(lines) and (_is_quoted(lines[last + 1]) or not lines[last + 1].strip()):
        last += 1
    under = lines[last + 1 :]
    if not _has_words(under):
        return _join(lines) + rest, ""
    if any(_is_quoted(line) for line in under):
        return _join(lines) + rest, ""  # answered point by point: it makes sense as a whole
    return _join(under) + rest, _join(lines[: last + 1])


def _join(lines: list[str]) -> str:
    return "\n".join(lines).strip()
