"""What an S/MIME seal holds, however it is packed; what is damaged or hostile holds nothing."""

from base64 import encodebytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.tickets.importers.mail import read, seals

END = b"\0\0"
SIGNED, DATA = (bytes.fromhex(f"2a864886f70d01070{n}") for n in (2, 1))


def element(tag: int, held: bytes) -> bytes:
    size = len(held).to_bytes(4)
    return bytes([tag, 0x84]) + size + held if len(held) > 127 else bytes([tag, len(held)]) + held


def open_ended(tag: int, held: bytes) -> bytes:
    return bytes([tag, 0x80]) + held + END


def sealed(content: bytes, pack=element, kind: bytes = SIGNED, inner: bytes = DATA) -> bytes:
    """As programs do it: with lengths, or with marks where they do not know them beforehand."""
    digests = pack(0x31, pack(0x30, element(6, b"\x60\x86\x48")))
    held = pack(0x30, element(6, inner) + pack(0xA0, content))
    return pack(
        0x30,
        element(6, kind) + pack(0xA0, pack(0x30, element(2, b"\1") + digests + held)),
    )


@given(st.binary(max_size=600), st.integers(1, 90), st.sampled_from([element, open_ended]))
def test_what_is_sealed_comes_out_again(held, size, pack):
    pieces = b"".join(element(4, held[at : at + size]) for at in range(0, len(held), size))
    assert seals.inside(sealed(element(4, held), pack)) == held
    for piecewise in (element, open_ended):
        assert seals.inside(sealed(piecewise(0x24, pieces), pack)) == held


@given(st.binary(max_size=300), st.data())
def test_damage_and_chance_raise_nothing(noise, data):
    seals.inside(noise)
    whole = sealed(open_ended(0x24, element(4, b"Hello")), open_ended)
    place = data.draw(st.integers(0, len(whole)))
    seals.inside(whole[:place] + noise)
    assert seals.inside(whole[: place and place // 2]) == b""


@pytest.mark.parametrize(
    "raw",
    [
        sealed(element(4, b"Hello"), kind=DATA),
        sealed(element(4, b"Hello"), inner=SIGNED),
        sealed(element(4, b"Hello"))[1:],
        sealed(element(2, b"\1")),
        sealed(element(0x24, element(2, b"\1"))),
        sealed(bytes([4, 0x80]) + b"Hello"),
        sealed(b"\x04\x89" + b"\xff" * 9),
        sealed(open_ended(0x24, element(4, b"a") * seals._MOST), open_ended),
        b"\x30\x80" * 100_000,
    ],
    ids=lambda raw: f"{len(raw)}-{raw[-1]:02x}",
)
def test_what_is_none_holds_nothing(raw):
    assert seals.inside(raw) == b""


def test_a_hostile_mail_in_a_seal_is_left_in_it():
    inner = b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\nboundary\n" * 500
    head = b"From: Mira <mira@acme.test>\nContent-Type: application/pkcs7-mime\n"
    packed = encodebytes(sealed(element(4, inner)))
    letter = read(head + b"Content-Transfer-Encoding: base64\n\n" + packed)
    assert [file.name for file in letter.files] == ["smime.p7m"]
    assert "its content is attached" in letter.remarks[0]
