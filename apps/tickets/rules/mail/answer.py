"""How an answer looks as a mail."""

from typing import Any

_LONGEST_SUBJECT = 400


def answer(
    *,
    number: int,
    subject: str,
    text: str,
    html: str,
    signature: str,
    sender: str,
    answers: str,
) -> dict[str, Any]:
    """The payload of a delivery; `answers` is the Message-ID it replies to, where there is one."""
    subject = " ".join(subject.split())[:_LONGEST_SUBJECT]
    if not subject.lower().startswith("re:"):
        subject = f"Re: {subject}"
    payload: dict[str, Any] = {
        "subject": f"{subject} [#{number}]",
        "text": f"{text}\n\n-- \n{signature.strip()}\n" if signature.strip() else f"{text}\n",
        "html": html,
    }
    if sender:
        payload["from"] = payload["reply_to"] = sender
    if answers:
        payload["headers"] = {"In-Reply-To": answers, "References": answers}
    return payload
