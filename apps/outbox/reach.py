"""Reaching an address somebody else gave us: resolved once, vetted, connected to as vetted."""

import http.client
import io
import ipaddress
import re
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolver = Callable[[str, int], list[str]]

PORTS = frozenset({80, 443, 8080, 8443})
SCHEMES = {"http": 80, "https": 443}

# An explicit list: what `ipaddress.is_global` says differs between Python releases.
DENIED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(block)
    for block in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
        # Within 2000::/3, the only part of IPv6 that is let through at all:
        "2001::/23",  # Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4 wraps any IPv4 address
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)
GLOBAL_IPV6 = ipaddress.ip_network("2000::/3")
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?")
_UNCLEAN = re.compile(r"[\x00-\x20\x7f-\uffff\U00010000-\U0010ffff\\]")
_CHUNK = 65_536


class Unreachable(Exception):
    """What was asked for did not come; the text is a sentence for the person who set it up.

    `final` says that trying again with the same settings is no use.
    """

    final = False


class Forbidden(Unreachable):
    """The address may not be reached from here."""

    final = True


class TooSlow(Unreachable):
    """The deadline passed."""


class TooBig(Unreachable):
    """More bytes came than are taken."""


@dataclass(frozen=True)
class Target:
    """A vetted place: the name it was asked by, and the address it is reached at."""

    scheme: str
    host: str
    port: int
    path: str
    addresses: tuple[str, ...] = ()

    @property
    def authority(self) -> str:
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == SCHEMES[self.scheme] else f"{name}:{self.port}"


@dataclass(frozen=True)
class Reply:
    """What the other side answered; redirects are answers and are not followed."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class AllowList:
    """Internal places an administrator lets through: `host:port`, `CIDR` or `CIDR:port`."""

    names: frozenset[tuple[str, int]]
    networks: tuple[tuple[Network, int | None], ...]

    @classmethod
    def read(cls, entries: Iterable[str]) -> "AllowList":
        names, networks = set(), []
        for entry in (entry.strip() for entry in entries):
            name, port = _split_port(entry)
            try:
                networks.append((ipaddress.ip_network(name), port))
            except ValueError:
                if port is None or not _HOST.fullmatch(name):
                    raise ValueError(
                        f"INTERNAL_HOSTS: “{entry}” is neither host:port nor a network."
                    ) from None
                names.add((name.lower().rstrip("."), port))
        return cls(frozenset(names), tuple(networks))

    def names_place(self, host: str, port: int) -> bool:
        return (host, port) in self.names

    def opens_port(self, port: int) -> bool:
        return any(port == allowed for _, allowed in self.networks)

    def holds(self, address: Address, port: int) -> bool:
        return any(
            address in network and (port in PORTS if allowed is None else port == allowed)
            for network, allowed in self.networks
        )


def _split_port(entry: str) -> tuple[str, int | None]:
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, int(rest[1:]) if rest[1:].isdecimal() else None
    if entry.count(":") == 1:
        name, _, port = entry.partition(":")
        if port.isascii() and port.isdecimal():
            return name, int(port)
    return entry, None


def internal_hosts() -> AllowList:
    """The allow-list of this installation."""
    return AllowList.read(settings.INTERNAL_HOSTS)


def is_denied(address: Address) -> bool:
    """Whether no stranger may send us to this address."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_denied(address.ipv4_mapped)
        if address not in GLOBAL_IPV6:
            return True
    return any(address in block for block in DENIED if block.version == address.version)


def read_address(url: str) -> Target:
    """Take a URL apart, strictly; raises `Forbidden` with the reason."""
    if len(url) > 2_048:
        raise Forbidden("The address is longer than 2,048 characters.")
    if _UNCLEAN.search(url):
        raise Forbidden("The address holds characters that must be percent-encoded.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Forbidden(f"This is not an address: {error}.") from None
    if parts.scheme not in SCHEMES:
        raise Forbidden("Only http and https addresses are reached.")
    if "@" in parts.netloc:
        raise Forbidden("Put user name and password into their own fields, not the address.")
    if parts.fragment or url.endswith("#"):
        raise Forbidden("Leave out the part after “#”: servers never see it.")
    host = (parts.hostname or "").lower()
    if "[" in parts.netloc:
        try:
            host = str(ipaddress.IPv6Address(host))
        except ValueError:
            raise Forbidden("This is not an IPv6 address.") from None
        if "%" in host:
            raise Forbidden("An address with a network zone is not reached.")
    elif not _HOST.fullmatch(host) or len(host) > 253:
        raise Forbidden("This address has no host name.")
    if port == 0:
        raise Forbidden("Port 0 cannot be reached.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host.rstrip("."), port or SCHEMES[parts.scheme], path)


def resolve(host: str, port: int) -> list[str]:
    """Every address a name stands for, asked once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def vet(
    host: str,
    port: int,
    *,
    deadline: float | None = None,
    resolver: Resolver = resolve,
    allowed: AllowList | None = None,
) -> tuple[str, ...]:
    """The addresses that may be connected to; one bad address refuses them all."""
    allowed = internal_hosts() if allowed is None else allowed
    named = allowed.names_place(host, port)
    if not named and port not in PORTS and not allowed.opens_port(port):
        raise Forbidden(f"Port {port} is not reached unless INTERNAL_HOSTS names it.")
    addresses = tuple(_in_time(lambda: resolver(host, port), deadline))
    if not addresses:
        raise Unreachable(f"The name {host} has no address.")
    for text in addresses:
        try:
            address = ipaddress.ip_address(text)
        except ValueError:
            raise Forbidden(f"{host} leads to something that is no address.") from None
        if "%" in text:
            raise Forbidden(f"{host} leads to an address with a network zone.")
        if named or allowed.holds(address, port):
            continue
        if is_denied(address):
            raise Forbidden(
                f"{host} leads to {text}, which is internal. "
                "An administrator can name it in INTERNAL_HOSTS."
            )
        if port not in PORTS:
            raise Forbidden(f"Port {port} is not reached unless INTERNAL_HOSTS names it.")
    return addresses


def check(url: str, *, resolver: Resolver = resolve, allowed: AllowList | None = None) -> Target:
    """For a form: what `fetch` would refuse is refused now, with the same sentence."""
    target = read_address(url)
    addresses = vet(
        target.host,
        target.port,
        deadline=time.monotonic() + 5,
        resolver=resolver,
        allowed=allowed,
    )
    return Target(target.scheme, target.host, target.port, target.path, addresses)


def fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    seconds: float = 10.0,
    most: int = 1_000_000,
    resolver: Resolver = resolve,
    allowed: AllowList | None = None,
) -> Reply:
    """One request, one answer: `seconds` from name to last byte, at most `most` bytes unpacked.

    Raises `Unreachable` or one of its kinds. Redirects come back as the 3xx they are; proxy
    variables of the environment are not read.
    """
    started = time.monotonic()
    deadline = started + seconds
    target = read_address(url)
    addresses = vet(target.host, target.port, deadline=deadline, resolver=resolver, allowed=allowed)
    try:
        line = _connect(target, addresses, deadline)
    except TimeoutError:
        raise TooSlow(f"{target.host} did not answer within {seconds:g} seconds.") from None
    try:
        return _converse(target, line, method, body, headers or {}, most, started)
    except TimeoutError:
        raise TooSlow(f"{target.host} did not finish within {seconds:g} seconds.") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"{target.host} broke off: {_name(error)}.") from error
    finally:
        line.hang_up()


def _connect(target: Target, addresses: tuple[str, ...], deadline: float) -> "_Line":
    last: OSError | None = None
    for address in addresses:
        try:
            plain = socket.create_connection((address, target.port), _left(deadline))
        except TimeoutError:
            raise
        except OSError as error:
            last = error
            continue
        if target.scheme == "http":
            return _Line(plain, deadline)
        try:
            plain.settimeout(_left(deadline))
            secure = ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
        except TimeoutError:
            plain.close()
            raise
        except (OSError, ValueError) as error:
            plain.close()
            raise Unreachable(f"No safe connection to {target.host}: {_name(error)}.") from error
        return _Line(secure, deadline)
    raise Unreachable(f"{target.host} cannot be connected to: {_name(last)}.")


def _converse(
    target: Target,
    line: "_Line",
    method: str,
    body: bytes | None,
    headers: Mapping[str, str],
    most: int,
    started: float,
) -> Reply:
    asked = http.client.HTTPConnection(target.host, target.port)
    asked.sock = line  # type: ignore[assignment]
    sent = {"User-Agent": "Afterlaunch", "Accept-Encoding": "gzip", **headers}
    asked.putrequest(method, target.path, skip_host=True, skip_accept_encoding=True)
    asked.putheader("Host", target.authority)
    for name, value in sent.items():
        asked.putheader(name, value)
    if body is not None:
        asked.putheader("Content-Length", str(len(body)))
    asked.putheader("Connection", "close")
    asked.endheaders(body)
    answer = asked.getresponse()
    packed = answer.headers.get("Content-Encoding", "").strip().lower()
    if packed not in ("", "identity", "gzip"):
        raise Unreachable(f"{target.host} answered in the unasked encoding “{packed[:20]}”.")
    if answer.length is not None and answer.length > most:
        raise TooBig(f"{target.host} announced {answer.length:,} bytes; {most:,} are taken.")
    content = (
        _unpack(answer, most, target.host) if packed == "gzip" else _read(answer, most, target.host)
    )
    kept = {name.lower(): value for name, value in answer.headers.items()}
    return Reply(answer.status, content, kept, time.monotonic() - started)


def _read(answer: http.client.HTTPResponse, most: int, host: str) -> bytes:
    parts, size = [], 0
    while part := answer.read(_CHUNK):
        size += len(part)
        if size > most:
            raise TooBig(f"{host} sent more than the {most:,} bytes that are taken.")
        parts.append(part)
    if answer.length:
        raise Unreachable(f"{host} broke off {answer.length:,} bytes before the end.")
    return b"".join(parts)


def _unpack(answer: http.client.HTTPResponse, most: int, host: str) -> bytes:
    gunzip = zlib.decompressobj(wbits=31)
    parts, size = [], 0
    while raw := answer.read(_CHUNK):
        while raw:
            try:
                part = gunzip.decompress(raw, most + 1 - size)
            except zlib.error:
                raise Unreachable(f"{host} sent damaged gzip.") from None
            size += len(part)
            if size > most:
                raise TooBig(f"{host} sent more than {most:,} bytes when unpacked.")
            parts.append(part)
            raw = gunzip.unconsumed_tail
    if not gunzip.eof:
        raise Unreachable(f"{host} broke off within its gzip.")
    return b"".join(parts)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _in_time(ask: Callable[[], list[str]], deadline: float | None) -> list[str]:
    """The system's resolver knows no deadline; it may finish alone, unheard."""
    answer: list[list[str]] = []
    trouble: list[OSError | UnicodeError] = []

    def run() -> None:
        try:
            answer.append(ask())
        except (OSError, UnicodeError) as error:
            trouble.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(None if deadline is None else max(0.0, deadline - time.monotonic()))
    if trouble:
        raise Unreachable(f"The name cannot be found: {_name(trouble[0])}.")
    if not answer:
        raise TooSlow("The name server did not answer in time.")
    return answer[0]


def _name(error: BaseException | None) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    text = getattr(error, "strerror", None) or str(error)
    return " ".join(text.split())[:200] or type(error).__name__


class _Timed(io.RawIOBase):
    """Reads from a socket under one deadline for all reads together."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._sock.settimeout(_left(self._deadline))
        return self._sock.recv_into(buffer)


class _Line:
    """As much of a socket as `http.client` asks for, with the deadline in every wait."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock, self._deadline = sock, deadline

    def sendall(self, content: bytes) -> None:
        self._sock.settimeout(_left(self._deadline))
        self._sock.sendall(content)

    def makefile(self, mode: str = "rb", *rest: object) -> io.BufferedReader:
        return io.BufferedReader(_Timed(self._sock, self._deadline))

    def close(self) -> None:
        """`http.client` lets go of the line before the answer has been read."""

    def hang_up(self) -> None:
        self._sock.close()
