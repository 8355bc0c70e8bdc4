"""Every mail of the collection is read as its line in the table says."""

import time

import pytest

from apps.tickets.importers.mail import read
from apps.tickets.writing import html_of_mail

from .mailroom import FOLDER, TABLE


def test_the_collection_is_whole():
    found = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.eml")}
    assert found == set(TABLE) and len(found) >= 120


@pytest.mark.parametrize("name", TABLE)
def test_a_mail_is_read_as_the_table_says(name):
    raw, want = (FOLDER / name).read_bytes(), TABLE[name]
    began = time.process_time()
    letter = read(raw)
    assert time.process_time() - began < 5  # a second, told generously
    html = html_of_mail(letter.html) if letter.html else ""
    for field in ("text", "subject", "message_id"):
        if field in want:
            assert getattr(letter, field) == want[field]
    if "sender" in want:
        assert (letter.sender.email if letter.sender else "") == want["sender"]
    if "cc" in want:
        assert [one.email for one in letter.cc] == want["cc"]
    if "files" in want:
        assert [file.name for file in letter.files] == want["files"]
    if "n_files" in want:
        assert len(letter.files) == want["n_files"]
    assert want.get("text_has", "") in letter.text
    assert want.get("subject_has", "") in letter.subject
    assert want.get("remark", "") in "\n".join(letter.remarks)
    assert not (want.get("no_remark") and letter.remarks)
    assert want.get("html_has", "") in html
    assert not [word for word in want.get("html_lacks", ()) if word in html]
    if "quoted_has" in want:
        quoted = want["quoted_has"]
        assert quoted in letter.quoted if quoted else not letter.quoted
        assert not quoted or quoted not in letter.text
