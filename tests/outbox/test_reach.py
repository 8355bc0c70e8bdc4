"""What may be reached, what may not, and what a hostile server can do to us."""

import gzip
import ipaddress
import socket
import threading
import time

import pytest

from apps.outbox import reach
from tests.servers import answering

NOBODY = reach.AllowList.read([])
PUBLIC = "93.184.216.34"

DENIED_ADDRESSES = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.0.1.1",
    "127.255.255.254",
    "169.254.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.192",
    "192.0.0.9",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::2",
    "::127.0.0.1",
    "::10.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:192.168.1.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "64:ff9b:1::7f00:1",
    "100::1",
    "2001::1",
    "2001:0:7f00:1::",
    "2001:10::1",
    "2001:20::1",
    "2001:2::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:a00:1::",
    "2002:a9fe:a9fe::",
    "2002:c0a8:101::",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fdff:ffff::1",
    "fe80::1",
    "fe80::a9fe:a9fe",
    "fec0::1",
    "ff01::1",
    "ff02::1",
    "ff02::2",
    "ff05::2",
    "4000::1",
    "8000::1",
    "2620:4f:8000::1",
]

# (what is in the address, what the system's resolver makes of it)
DENIED_SPELLINGS = [
    ("127.1", "127.0.0.1"),
    ("127.0.1", "127.0.0.1"),
    ("0", "0.0.0.0"),
    ("0x7f.1", "127.0.0.1"),
    ("0x7f000001", "127.0.0.1"),
    ("0x7F.0x0.0x0.0x1", "127.0.0.1"),
    ("0177.0.0.1", "127.0.0.1"),
    ("00177.00.00.01", "127.0.0.1"),
    ("017700000001", "127.0.0.1"),
    ("2130706433", "127.0.0.1"),
    ("2852039166", "169.254.169.254"),
    ("0xa9fea9fe", "169.254.169.254"),
    ("0xa9.254.0251.254", "169.254.169.254"),
    ("169.254.43518", "169.254.169.254"),
    ("10.1", "10.0.0.1"),
    ("0xc0a80101", "192.168.1.1"),
    ("192.168.257", "192.168.1.1"),
    ("127.0.0.1.", "127.0.0.1"),
    ("localhost", "127.0.0.1"),
    ("LOCALHOST", "127.0.0.1"),
    ("localhost.", "127.0.0.1"),
    ("localhost.localdomain", "127.0.0.1"),
    ("ip6-localhost", "::1"),
    ("metadata.google.internal", "169.254.169.254"),
    ("metadata", "169.254.169.254"),
    ("kubernetes.default.svc", "10.96.0.1"),
    ("127.0.0.1.nip.io", "127.0.0.1"),
    ("localtest.me", "127.0.0.1"),
    ("intranet", "192.168.1.1"),
    ("postgres", "172.18.0.2"),
    ("[::1]", "::1"),
    ("[0:0:0:0:0:0:0:1]", "::1"),
    ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"),
    ("[::ffff:7f00:1]", "::ffff:7f00:1"),
    ("[::]", "::"),
    ("[fe80::1]", "fe80::1"),
    ("[64:ff9b::7f00:1]", "64:ff9b::7f00:1"),
    ("[2002:7f00:1::]", "2002:7f00:1::"),
    ("[fd00:ec2::254]", "fd00:ec2::254"),
]

REFUSED_URLS = [
    "",
    "/",
    "//",
    "example.com",
    "//example.com/",
    "http:",
    "http://",
    "http:///x",
    "http://?x",
    "http:example.com",
    "http:/example.com",
    "file:///etc/passwd",
    "ftp://example.com/",
    "gopher://127.0.0.1:6379/_x",
    "dict://127.0.0.1:11211/stat",
    "ldap://127.0.0.1/",
    "jar:http://example.com!/",
    "data:text/plain,x",
    "javascript:alert(1)",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun/x",
    "ws://example.com/",
    "http://user@example.com/",
    "http://user:secret@example.com/",
    "http://example.com@127.0.0.1/",
    "http://127.0.0.1#@example.com@/",
    "http://:80/",
    "http://example.com:0/",
    "http://example.com:99999/",
    "http://example.com:-1/",
    "http://example.com:8a/",
    "http://exa mple.com/",
    "http://example.com/a b",
    "http://example.com/\r\nHost: x",
    "http://example.com\r\n@127.0.0.1/",
    "http://example.com/\x00",
    "http://example.com\\@127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http://127.0.0.1\\.example.com/",
    "http://１２７.０.０.１/",
    "http://ⓛocalhost/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://loc\u00adalhost/",
    "http://[::1/",
    "http://::1/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[v1.x]/",
    "http://[127.0.0.1]/",
    "http://%31%32%37.0.0.1/",
    "http://-example.com/",
    "http://exa..mple.com/",
    "http://" + "a" * 300 + ".com/",
    "http://example.com/" + "a" * 3000,
]
REFUSED_PORTS = [1, 7, 21, 22, 23, 25, 53, 110, 111, 143, 389, 445, 465, 587, 873, 993, 1433, 2375]
REFUSED_PORTS += [2379, 3306, 3389, 5432, 5672, 6379, 6443, 8086, 9000, 9200, 10250, 11211, 27017]


@pytest.mark.parametrize("address", DENIED_ADDRESSES)
def test_no_internal_address_is_reached(address):
    assert reach.is_denied(ipaddress.ip_address(address))
    with pytest.raises(reach.Forbidden, match="internal"):
        reach.vet("somewhere.example", 443, resolver=lambda *_: [address], allowed=NOBODY)


@pytest.mark.parametrize(("spelling", "address"), DENIED_SPELLINGS)
def test_no_spelling_leads_inside(spelling, address):
    with pytest.raises(reach.Forbidden):
        reach.check(f"http://{spelling}/", resolver=lambda *_: [address], allowed=NOBODY)


@pytest.mark.parametrize("spelling", [s for s, a in DENIED_SPELLINGS if s[0].isdigit()])
def test_the_systems_resolver_is_believed_over_the_spelling(spelling):
    with pytest.raises(reach.Unreachable):
        reach.check(f"http://{spelling}/", allowed=NOBODY)


@pytest.mark.parametrize("url", REFUSED_URLS)
def test_what_is_not_a_plain_address_is_refused(url):
    with pytest.raises(reach.Forbidden):
        reach.check(url, resolver=lambda *_: [PUBLIC], allowed=NOBODY)


@pytest.mark.parametrize("port", REFUSED_PORTS)
def test_ports_of_other_services_are_not_reached(port):
    with pytest.raises(reach.Forbidden, match="Port"):
        reach.check(f"http://example.com:{port}/", resolver=lambda *_: [PUBLIC], allowed=NOBODY)


def test_there_are_more_spellings_than_anybody_tests():
    count = len(DENIED_ADDRESSES) + len(DENIED_SPELLINGS) + len(REFUSED_URLS) + len(REFUSED_PORTS)
    assert count >= 120


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "2a00::1"])
def test_public_addresses_are_reached(address):
    assert reach.vet("example.com", 443, resolver=lambda *_: [address], allowed=NOBODY) == (
        address,
    )


def test_one_bad_address_refuses_them_all():
    with pytest.raises(reach.Forbidden):
        reach.vet("mixed.example", 443, resolver=lambda *_: [PUBLIC, "10.0.0.1"], allowed=NOBODY)


def test_a_name_without_addresses_and_a_name_nobody_knows():
    with pytest.raises(reach.Unreachable, match="no address"):
        reach.vet("empty.example", 443, resolver=lambda *_: [], allowed=NOBODY)

    def unknown(*_):
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(reach.Unreachable, match="not known"):
        reach.vet("nowhere.example", 443, resolver=unknown, allowed=NOBODY)
    for strange in ("fe80::1%eth0", "2a00::1%eth0", "not an address"):
        with pytest.raises(reach.Forbidden):
            reach.vet("scoped.example", 443, resolver=lambda *_, a=strange: [a], allowed=NOBODY)


def test_a_slow_name_server_keeps_the_deadline():
    started = time.monotonic()
    with pytest.raises(reach.TooSlow):
        reach.fetch(
            "http://slow.example/",
            seconds=0.2,
            resolver=lambda *_: time.sleep(60) or [PUBLIC],
            allowed=NOBODY,
        )
    assert time.monotonic() - started < 30


class TestAllowList:
    @pytest.mark.parametrize(
        ("entry", "host", "address", "port"),
        [
            ("prometheus:9090", "prometheus", "10.1.2.3", 9090),
            ("Prometheus.:9090", "prometheus", "10.1.2.3", 9090),
            ("10.0.0.0/8", "inside", "10.1.2.3", 443),
            ("10.0.0.0/8:9090", "inside", "10.1.2.3", 9090),
            ("10.1.2.3", "inside", "10.1.2.3", 80),
            ("[fd00::/8]:9090", "inside", "fd00::5", 9090),
            ("[::1]:9090", "inside", "::1", 9090),
            ("fd00::/8", "inside", "fd00::5", 80),
        ],
    )
    def test_what_an_administrator_names_is_reached(self, entry, host, address, port):
        allowed = reach.AllowList.read([entry])
        found = reach.vet(host, port, resolver=lambda *_: [address], allowed=allowed)
        assert found == (address,)

    @pytest.mark.parametrize(
        ("entry", "host", "address", "port"),
        [
            ("prometheus:9090", "prometheus", "10.1.2.3", 9091),
            ("prometheus:9090", "other", "10.1.2.3", 9090),
            ("prometheus:9090", "prometheus.evil.example", "10.1.2.3", 9090),
            ("10.0.0.0/8", "inside", "11.0.0.1", 9090),
            ("10.0.0.0/8", "inside", "192.168.0.1", 443),
            ("10.0.0.0/8", "inside", "10.0.0.1", 5432),
            ("10.0.0.0/8:9090", "inside", "10.0.0.1", 443),
            ("10.0.0.0/8:9090", "outside", "93.184.216.34", 9090),
        ],
    )
    def test_and_nothing_beside_it(self, entry, host, address, port):
        with pytest.raises(reach.Forbidden):
            reach.vet(
                host, port, resolver=lambda *_: [address], allowed=reach.AllowList.read([entry])
            )

    @pytest.mark.parametrize(
        "entry", ["prometheus", "prometheus:", ":9090", "a b:80", "10.0.0.0/99"]
    )
    def test_an_entry_that_means_nothing_is_refused(self, entry):
        with pytest.raises(ValueError, match="INTERNAL_HOSTS"):
            reach.AllowList.read([entry])


class TestRebinding:
    def test_the_name_is_resolved_once_and_the_vetted_address_is_connected_to(self, monkeypatch):
        """A resolver that answers publicly first and internally ever after gains nothing."""
        answers = []
        connected = []

        def turncoat(*_):
            answers.append(None)
            return [PUBLIC] if len(answers) % 2 else ["127.0.0.1"]

        def connect(address, timeout):
            connected.append(address[0])
            raise OSError("nobody there")

        monkeypatch.setattr(reach.socket, "create_connection", connect)
        for _ in range(500):
            for expected in (reach.Unreachable, reach.Forbidden):
                with pytest.raises(expected):
                    reach.fetch("http://rebind.example/", resolver=turncoat, allowed=NOBODY)
        assert len(answers) == 1000
        assert set(connected) == {PUBLIC}
        assert len(connected) == 500


class TestServers:
    """Against servers of our own on loopback, which the allow-list names."""

    def get(self, port, **options):
        allowed = reach.AllowList.read([f"127.0.0.1:{port}"])
        return reach.fetch(f"http://127.0.0.1:{port}/x?y=1", allowed=allowed, **options)

    def test_an_answer(self):
        with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: b\r\n\r\nok") as server:
            reply = self.get(server.port, headers={"Authorization": "Bearer x"})
        assert (reply.status, reply.body, reply.headers["x-a"]) == (200, b"ok", "b")
        assert b"GET /x?y=1 HTTP/1.1\r\n" in server.heard
        assert f"Host: 127.0.0.1:{server.port}".encode() in server.heard
        assert b"Authorization: Bearer x" in server.heard

    def test_a_body_is_sent(self):
        with answering(b"HTTP/1.1 204 No Content\r\n\r\n") as server:
            reply = self.get(server.port, method="POST", body=b"a=b")
        assert reply.status == 204
        assert b"Content-Length: 3" in server.heard

    def test_redirects_are_not_followed(self):
        with answering(
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:22/\r\nContent-Length: 0\r\n\r\n"
        ) as server:
            assert self.get(server.port).status == 302

    def test_proxy_variables_are_not_read(self, monkeypatch):
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
        monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1/")
        with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") as server:
            assert self.get(server.port).status == 200

    def test_gzip_is_unpacked_and_chunks_are_joined(self):
        packed = gzip.compress(b"hello" * 100, mtime=0)
        chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
        with answering(head + chunks) as server:
            assert self.get(server.port).body == b"hello" * 100

    @pytest.mark.parametrize(
        ("answer", "trouble"),
        [
            (b"", "broke off"),
            (b"nonsense", "broke off"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "before the end"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n", "announced"),
            (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 5000, "are taken"),
            (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nxx", "encoding"),
            (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot gzip", "damaged"),
            (
                b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
                + gzip.compress(b"ab", mtime=0)[:12],
                "within its gzip",
            ),
            (
                b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n"
                + gzip.compress(bytes(10**6), mtime=0),
                "unpacked",
            ),
            (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n", "broke off"),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                "broke off",
            ),
        ],
    )
    def test_a_server_that_lies(self, answer, trouble):
        with answering(answer) as server, pytest.raises(reach.Unreachable, match=trouble):
            self.get(server.port, most=1000)

    @pytest.mark.parametrize("pace", ["silent", "dripping head", "dripping body", "endless"])
    def test_a_server_that_hangs_or_drips_keeps_to_one_deadline(self, pace):
        head = b"HTTP/1.1 200 OK\r\n\r\n"
        parts = {
            "silent": [],
            "dripping head": [b"H", b"T", b"T", b"P", b"/", b"1", b".", b"1"] * 150,
            "dripping body": [head] + [b"x"] * 1200,
            "endless": [head] + [b"x" * 100] * 1200,
        }[pace]
        started = time.monotonic()
        with (
            answering(*parts, pause=0.05, hold=True) as server,
            pytest.raises(reach.Unreachable, match=r"within|in time|broke off"),
        ):
            self.get(server.port, seconds=0.8, most=10**9)
        assert time.monotonic() - started < 30  # it would go on for a minute

    def test_nobody_is_there(self):
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            with pytest.raises(reach.Unreachable, match="cannot be connected"):
                self.get(held.getsockname()[1], seconds=60)

    def test_a_certificate_nobody_signed(self):
        with answering(b"not tls at all") as server:
            allowed = reach.AllowList.read([f"127.0.0.1:{server.port}"])
            with pytest.raises(reach.Unreachable, match="No safe connection"):
                reach.fetch(f"https://127.0.0.1:{server.port}/", allowed=allowed, seconds=60)

    def test_many_at_once_do_not_disturb_each_other(self):
        found = []
        with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", times=8) as server:
            threads = [
                threading.Thread(target=lambda: found.append(self.get(server.port).body))
                for _ in range(8)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert found == [b"ok"] * 8
