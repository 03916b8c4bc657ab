"""The Device Authenticator's answer, and the request for it, against a scripted port."""

import asyncio

from nce.authenticate import authenticate
from nce.coap import options
from nce.coap.client import CoapTimeout
from nce.coap.message import ACK, CON, Message, decode, encode
from nce.coap.parameters import Parameters
from nce.credentials import BootstrapMalformed, Credentials, parse_credentials
from nce.refusals import BootstrapRefused

ICCID = "8988228066604086910"

# (payload, identity, key, host, port)
ANSWERS = (
    (
        b"8988228066604086910,aB3dE6gH9jK2mN5p,coaps://coap.os.1nce.com:5684",
        (ICCID, b"aB3dE6gH9jK2mN5p", "coap.os.1nce.com", 5684),
    ),
    (b"8988228066604086910,a,b,c,coaps://h:1\r\n", (ICCID, b"a,b,c", "h", 1)),
    (b"8988228066604086910,secret,coaps://10.60.2.219/", (ICCID, b"secret", "10.60.2.219", 5684)),
)

MALFORMED = (
    b"",
    b"8988228066604086910",
    b"8988228066604086910,secret",
    b",secret,coaps://h:1",
    b"sim-1,secret,coaps://h:1",
    b"1234567890123456789,secret,coaps://h:1",
    b"8988228066604086910,,coaps://h:1",
    b"8988228066604086910,sec\x00ret,coaps://h:1",
    b"8988228066604086910,secret,coap://h:1",
    b"8988228066604086910,secret,coaps://:1",
    b"8988228066604086910,secret,coaps://h:0",
    b"8988228066604086910,secret,coaps://h:65536",
    b"8988228066604086910,secret,coaps://h:x",
    b"8988228066604086910,secret,coaps://h:1/path",
    b"\xff\xfe",
    b"\x00" * 40,
)

QUICK = Parameters(1, 100, 1, 1, 1, 2, 1)


class ScriptedPort:
    """Answers every request with one code and payload; with none when the code is None."""

    max_datagram = 1200

    def __init__(self, code, payload=b""):
        self._code = code
        self._payload = payload
        self._answers = []
        self.requests = []

    async def send(self, data):
        request = decode(data)
        self.requests.append(request)
        if self._code is not None:
            answer = Message(ACK, self._code, request.mid, request.token, (), self._payload)
            self._answers.append(encode(answer))

    async def receive(self, timeout_ms):
        if self._answers:
            return self._answers.pop(0)
        await asyncio.sleep(timeout_ms / 1000)
        return None


def ask(port):
    return asyncio.run(authenticate(port, parameters=QUICK))


def error_of(kind, call, argument):
    try:
        call(argument)
    except kind as error:
        return error
    raise AssertionError("%r did not raise" % (argument,))


def test_answers():
    for payload, expected in ANSWERS:
        credentials = parse_credentials(payload)
        fields = (credentials.identity, credentials.key, credentials.host, credentials.port)
        assert fields == expected
        assert credentials.to_bytes() == Credentials(*expected).to_bytes()
        assert parse_credentials(credentials.to_bytes()).to_bytes() == credentials.to_bytes()


def test_malformed_answers_are_refused_without_telling_the_key():
    for payload in MALFORMED:
        assert "secret" not in str(error_of(BootstrapMalformed, parse_credentials, payload)), (
            payload
        )


def test_the_key_does_not_show():
    credentials = parse_credentials(ANSWERS[0][0])
    for text in (repr(credentials), str(credentials)):
        assert "aB3d" not in text
        assert ICCID in text


def test_the_request_is_a_confirmable_get_of_bootstrap():
    port = ScriptedPort(0x45, ANSWERS[0][0])
    assert ask(port).key == b"aB3dE6gH9jK2mN5p"
    request = port.requests[0]
    assert (request.type, request.code) == (CON, 1)
    assert request.options == (
        (options.URI_HOST, b"coap.os.1nce.com"),
        (options.URI_PATH, b"bootstrap"),
    )
    assert len(request.token) == 4
    assert request.payload == b""


def test_refusals_say_what_to_do():
    for code, words in (
        (0x81, "terms"),
        (0x84, "host and port"),
        (0xA0, "later"),
        (0x44, "2.04"),
    ):
        error = error_of(BootstrapRefused, ask, ScriptedPort(code, b'{"statusText":"x"}'))
        assert words in str(error), error
        assert "statusText" in str(error)
        assert error.code == code
        assert error.is_permanent == (code in (0x81, 0x84, 0x44))


def test_silence_ends_in_a_timeout_that_names_the_breakout():
    port = ScriptedPort(None)
    assert "breakout" in str(error_of(CoapTimeout, ask, port))
    assert len(port.requests) == 2
    assert port.requests[0] == port.requests[1]
