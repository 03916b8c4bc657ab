"""What a device does with 1NCE's partners: the proxy's session, an artifact's headers, a URI."""

import asyncio

from artifact import BLOCK, WrongArtifact, entry_of, parts_of
from nce.coap import codes
from nce.errors import UsageError
from nce.proxy import MOST_BYTES, Proxy
from nce_modem.errors import UsageError as ModemUsageError

# Of CPython's tarfile: `data/0000.tar`, 1234567 bytes, in the format of ustar.
HEADER = (
    b"data/0000.tar" + bytes(87) + b"0000644\0000000000\0000000000\00000004553207\00000000000000\0"
    b"007765\0 0" + bytes(100) + b"ustar\00000" + bytes(247)
)


def refusal_of(call, *arguments):
    try:
        call(*arguments)
    except (WrongArtifact, ModemUsageError) as error:
        return str(error)
    return None


def test_a_header_of_tar_is_read():
    assert len(HEADER) == BLOCK
    assert entry_of(HEADER) == ("data/0000.tar", 1234567)
    assert entry_of(bytes(BLOCK)) is None


def test_a_damaged_header_is_told():
    for at in (0, 50, 110, 130, 160, 300):
        damaged = bytearray(HEADER)
        damaged[at] ^= 1
        assert refusal_of(entry_of, bytes(damaged)) == "a header of the archive is damaged", at
    for none in (HEADER[:100], b"no archive" * 52):
        assert refusal_of(entry_of, none) == "this is no tar archive"


def test_a_uri_has_its_parts():
    for uri, parts in (
        ("http://storage.example/a?b=1", (False, "storage.example", 80, "/a?b=1")),
        ("https://storage.example:8443/", (True, "storage.example", 8443, "/")),
        ("https://storage.example", (True, "storage.example", 443, "/")),
    ):
        assert parts_of(uri) == parts
    for uri in (
        "ftp://storage.example/",
        "storage.example/a",
        "http://",
        "http://:80/",
        "http://a:b/",
    ):
        assert refusal_of(parts_of, uri) is not None, uri


class Port:
    """Answers each request with 2.04, or fails."""

    max_datagram = 1024

    def __init__(self, fails):
        self.fails = fails
        self.is_closed = False
        self.sent = []

    async def send(self, data):
        self.sent.append(data)
        if self.fails:
            raise OSError("the bearer is gone")

    async def receive(self, timeout_ms):
        # An ACK with the ID and the token of the request.
        length = self.sent[-1][0] & 15
        return bytes((0x60 | length, 0x44)) + self.sent[-1][2 : 4 + length]

    async def close(self):
        self.is_closed = True


class Bearer:
    def __init__(self, *ports):
        self.ports = list(ports)
        self.opened = []

    async def attach(self):
        pass

    async def open_datagram(self, host, port):
        self.opened.append((host, port))
        return self.ports[len(self.opened) - 1]


def test_a_session_that_fails_is_closed_and_the_next_request_begins_another():
    async def main():
        broken, good = Port(True), Port(False)
        bearer = Bearer(broken, good)
        proxy = Proxy(bearer)
        try:
            await proxy.ask(codes.POST, "https://hosted.mender.io/x", b"1")
            raise AssertionError("nothing was raised")
        except OSError as error:
            assert "the bearer is gone" in str(error)
        assert broken.is_closed
        for _ in range(2):
            response = await proxy.ask(
                codes.POST, "https://hosted.mender.io/x", b"1", 50, "mender"
            )
            assert response.code == codes.CHANGED
        assert bearer.opened == [("coap.proxy.os.1nce.com", 5683)] * 2
        assert not good.is_closed
        # Uri-Path, Content-Format, then Proxy-Uri: 35 - 12 is 13 and 10 more.
        assert b"\xb6mender\x11\x32\xdd\x0a\x0dhttps://hosted.mender.io/x\xff1" in good.sent[0]
        await proxy.close()
        assert good.is_closed

    asyncio.run(main())


def test_a_body_that_the_proxy_does_not_take_is_refused_here():
    async def main():
        bearer = Bearer()
        try:
            await Proxy(bearer).ask(
                codes.POST, "https://hosted.mender.io/x", bytes(MOST_BYTES + 1)
            )
            raise AssertionError("nothing was raised")
        except UsageError as error:
            assert "5120 bytes, not 5121" in str(error)
        assert bearer.opened == []

    asyncio.run(main())
