"""A real Dovecot of our own on free ports, with an authority that vouches for it."""

import imaplib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.servers import free_port

DOVECOT = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
AVAILABLE = bool(DOVECOT) and os.geteuid() == 0
PASSWORD = "open-sesame"
CONFIGURATION = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{home}/server.pem
ssl_key = <{home}/server.key
disable_plaintext_auth = no
mail_location = maildir:{home}/mail/%u
first_valid_uid = 0
default_vsz_limit = 0
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {secure}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
passdb {{
  driver = static
  args = password=open-sesame
}}
userdb {{
  driver = static
  args = uid=dovecot gid=dovecot home={home}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """Where it listens, and the authority that vouches for it."""

    port: int
    secure: int
    authority: Path


def certify(home: Path) -> None:
    """An authority, and its word that whoever has `server.key` is 127.0.0.1."""
    began = datetime.now(UTC) - timedelta(days=1)
    ours, theirs = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    names = [
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        for name in ("Authority of the tests", "127.0.0.1")
    ]
    only_us = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    parts = (
        ("ca.pem", ours, names[0], x509.BasicConstraints(ca=True, path_length=None)),
        ("server.pem", theirs, names[1], only_us),
    )
    for file, key, name, said in parts:
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(names[0])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(began)
            .not_valid_after(began + timedelta(days=10))
            .add_extension(said, critical=file == "ca.pem")
            .sign(ours, hashes.SHA256())
        )
        (home / file).write_bytes(made.public_bytes(Encoding.PEM))
    (home / "server.key").write_bytes(
        theirs.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )


@contextmanager
def running() -> Iterator[Dovecot]:
    """Started, and gone at the end with all it was told."""
    home = Path("/tmp") / f"dovecot-{os.getpid()}"  # its sockets need a short path
    shutil.rmtree(home, ignore_errors=True)
    for name in ("run", "state", "mail"):
        (home / name).mkdir(parents=True)
    (home / "mail").chmod(0o777)
    port, secure = free_port(), free_port()
    certify(home)
    conf = home / "dovecot.conf"
    conf.write_text(CONFIGURATION.format(home=home, port=port, secure=secure))
    server = subprocess.Popen([str(DOVECOT), "-F", "-c", str(conf)], stderr=subprocess.PIPE)
    try:
        for _ in range(600):
            try:
                imaplib.IMAP4("127.0.0.1", port).logout()
                break
            except (OSError, imaplib.IMAP4.error):
                time.sleep(0.1)
        else:
            server.terminate()
            raise RuntimeError(f"Dovecot does not answer: {server.stderr.read()!r}")
        yield Dovecot(port, secure, home / "ca.pem")
    finally:
        server.terminate()
        server.wait(60)
        shutil.rmtree(home, ignore_errors=True)
