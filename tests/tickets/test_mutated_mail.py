"""Mails with bytes flipped, cut, and their boundaries, heads and charsets mangled.

Bounded by time in the suite; by hand: `python -m tests.tickets.test_mutated_mail 100000`.
"""

import random
import sys
import time
from pathlib import Path

from apps.tickets.importers.mail import Letter, read
from apps.tickets.writing import html_of_mail

FOLDER = Path(__file__).parent / "mails"
SECONDS = 12  # of the suite
LARGEST = 40_000  # bytes of what is mutated; larger ones are read as they are elsewhere
SLOW = 5  # seconds of CPU a mail may take: one, told generously
WORDS = [
    *(b"boundary=", b"Content-Type: multipart/mixed; boundary=x\n", b"--x", b"charset=", b"\n\n"),
    *(b"Content-Transfer-Encoding: base64\n", b"Content-Type: message/rfc822\n\n", b"\x00", b"\r"),
    *(b"=?utf-8?B?", b"?=", b"filename*0*=", b"From: <>\n", b"Message-ID: <>\n", b"\xff\xfe"),
    *(b"charset=unknown-8bit", b"charset=idna", b"Date: Mon, 99 Foo 99999\n", b"<blockquote>" * 50),
]  # fmt: skip


def mutate(raw: bytes, dice: random.Random) -> bytes:
    """The mail after one to four accidents."""
    mail = bytearray(raw)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(mail) + 1)
        accident = dice.randrange(6)
        if accident == 0 and mail:
            for _ in range(dice.randint(1, 20)):
                mail[dice.randrange(len(mail))] = dice.randrange(256)
        elif accident == 1:
            del mail[at:]
        elif accident == 2:
            del mail[at : at + dice.randint(1, 200)]
        elif accident == 3:
            mail[at:at] = dice.choice(WORDS)
        elif accident == 4:
            mail[at:at] = mail[dice.randrange(len(mail) + 1) :][: dice.randint(1, 2000)]
        else:
            lines = mail.split(b"\n")
            dice.shuffle(lines)
            mail = bytearray(b"\n".join(lines))
    return bytes(mail)


def check(raw: bytes) -> float:
    """Read it as filing does; how many seconds of CPU it took."""
    began = time.process_time()
    letter = read(raw)
    html_of_mail(letter.html)
    took = time.process_time() - began
    assert isinstance(letter, Letter)
    said = [letter.text, letter.quoted, letter.subject, letter.head, *letter.remarks]
    said += [file.name for file in letter.files]
    for text in said:
        text.encode("utf-8")
        assert "\x00" not in text
    assert len(letter.subject) <= 998 and len(letter.message_id) <= 998
    return took


def says_nothing(raw: bytes) -> bool:
    """Whether nothing at all is shown of a mail that has something in it."""
    letter = read(raw)
    return bool(raw.strip()) and not (letter.head or letter.text or letter.quoted or letter.files)


def run(seed: int, count: int, seconds: float) -> tuple[int, int, float]:
    """How many were read, of how many nothing is left, and the longest any took."""
    dice = random.Random(seed)
    mails = [path.read_bytes() for path in sorted(FOLDER.rglob("*.eml"))]
    mails = [raw for raw in mails if len(raw) <= LARGEST]
    until, slowest, done, lost = time.monotonic() + seconds, 0.0, 0, 0
    while done < count and time.monotonic() < until:
        raw = mutate(dice.choice(mails), dice)
        try:
            slowest = max(slowest, check(raw))
            lost += says_nothing(raw)
        except Exception as error:
            raise AssertionError(f"seed {seed}, mail {done}: {raw[:2000]!r}") from error
        done += 1
    return done, lost, slowest


def test_no_mutated_mail_raises_or_takes_long():
    done, lost, slowest = run(seed=1, count=20_000, seconds=SECONDS)
    assert done > 50 and lost == 0 and slowest < SLOW


if __name__ == "__main__":
    done, lost, slowest = run(seed=int(time.time()), count=int(sys.argv[1]), seconds=86_400)
    print(f"{done} read, raised 0, lost {lost}, slowest {slowest:.2f} s")
