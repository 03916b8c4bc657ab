"""The Device Authenticator's answer, and the request for it, against a scripted port."""

import asyncio

from nce.authenticate import authenticate
from nce.coap import options
from nce.coap.client import CoapTimeout
from nce.coap.message import ACK, CON, Message, decode, encode
from nce.coap.parameters import Parameters
from nce.credentials import BootstrapMalformed, Credentials, parse_credentials
from nce.errors import UsageError
from nce.hex_key import HexCredentials, parse_stored, read_as_hex
from nce.refusals import BootstrapRefused, record_refused

ICCID = "8988228066604086910"

# (payload, identity, key, host, port)
ANSWERS = (
    (
        b"8988228066604086910,aB3dE6gH9jK2mN5p,coaps://coap.os.1nce.com:5684",
        (ICCID, b"aB3dE6gH9jK2mN5p", "coap.os.1nce.com", 5684),
    ),
    (b"8988228066604086910,a,b,c,coaps://h:1\r\n", (ICCID, b"a,b,c", "h", 1)),
    (b"8988228066604086910,secret,coaps://10.60.2.219/", (ICCID, b"secret", "10.60.2.219", 5684)),
    # What a key holds stays between us and the server: only control characters are no key.
    (b'8988228066604086910,a "b",coaps://A-1.b:65535', (ICCID, b'a "b"', "A-1.b", 65535)),
    (b"8988228066604086910,\xc3\xa9,coaps://h", (ICCID, b"\xc3\xa9", "h", 5684)),
)

# What may stand in a host's place goes on to a modem's command line, or to DNS.
HOSTS = (
    (b"a" * 63 + b".b", True),
    (b"a" * 64 + b".b", False),
    (b".".join([b"a" * 49] * 5) + b".abc", True),
    (b".".join([b"a" * 49] * 5) + b".abcd", False),
    (b"a..b", False),
    (b".a", False),
    (b"a.", False),
    (b"-a", False),
    (b"a-.b", False),
    (b"a_b", False),
    (b"a b", False),
    (b'x"\rAT+CFUN=0\rAT+QPOWD\r', False),
    (b'x"', False),
    (b"x\x1b", False),
    (b"x\x1a", False),
    (b"x\x00", False),
    (b"x\n", False),
    (b"x\x7f", False),
    (b"x,1", False),
    (b"x;1", False),
    (b"x%25", False),
    (b"x@y", False),
    (b"[::1]", False),
    (b"\xe2\x84\xaa", False),  # the Kelvin sign, whose small letter is an ASCII k
    (b"\xd9\xa1.1.1.1", False),  # a digit elsewhere
    (b"1.2.3.4", True),
    (b"1.2.3.256", False),
    (b"1.2.3", False),
    (b"1.2.3.04", False),
    (b"a.1", False),
    (b"1.a", True),
)

PORTS = (
    (b"1", True),
    (b"65535", True),
    (b"065535", False),
    (b"0", False),
    (b"65536", False),
    (b"-1", False),
    (b"+1", False),
    (b"1e3", False),
    (b"", False),
    (b"5684\r", False),
    (b"\xd9\xa1", False),
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
    b"8988228066604086910,sec\x7fret,coaps://h:1",
    b"8988228066604086910,secret" + b"x" * 251 + b",coaps://h:1",
    b"\xd9\xa888228066604086910,secret,coaps://h:1",
    b"8988228066604086910,secret,coaps://h:1#hex",
    b"8988228066604086910,00112233,coaps://h:1#hex#hex",
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


# What the message says of a line, after "the credentials" or a field: how many bytes it has.
BLAMED = (
    (b"", "the credentials, 0 bytes, have fewer than three fields"),
    (b"8988228066604086910,secret", "the credentials, 26 bytes, have fewer than three fields"),
    (
        b"sim-1,secret,coaps://h:1",
        "the first field of the credentials, of 5 bytes, is not an ICCID",
    ),
    (b"89" + b"1" * 15 + b",secret,coaps://h", "the first field of the credentials, of 17 bytes"),
    (b"89" + b"1" * 19 + b",secret,coaps://h", "the first field of the credentials, of 21 bytes"),
    (b"8988228066604086910,,coaps://h:1", "the key of 0 bytes is not valid"),
    (b"8988228066604086910," + b"k" * 257 + b",coaps://h", "the key of 257 bytes is not valid"),
    (b"8988228066604086910,a\x1fb,coaps://h", "the key of 3 bytes is not valid"),
    (b"8988228066604086910,secret,coap://h:1", "the last field of the credentials, of 10 bytes"),
)


def test_the_message_names_the_field_that_is_wrong_and_its_size():
    for line, words in BLAMED:
        assert words in str(error_of(BootstrapMalformed, parse_credentials, line))
    for line in (
        b"89" + b"1" * 16 + b",secret,coaps://h",
        b"89" + b"1" * 18 + b",secret,coaps://h",
        b"8988228066604086910," + b"k" * 256 + b",coaps://h",
        b"8988228066604086910,a ~,coaps://h",
    ):
        assert parse_credentials(line).to_bytes() == line + b":5684"


def test_hosts_and_ports_are_what_the_rfcs_call_so():
    for table, form in ((HOSTS, b"%s:5684"), (PORTS, b"h:%s")):
        for text, is_right in table:
            line = b"8988228066604086910,secret,coaps://" + form % text + b"/"
            try:
                credentials = parse_credentials(line)
            except BootstrapMalformed as error:
                assert not is_right, text
                assert "secret" not in str(error)
            else:
                assert is_right, text
                assert credentials.to_bytes() in (line, line[:-1])


def test_neither_key_nor_number_shows():
    for credentials in (
        parse_credentials(ANSWERS[0][0]),
        parse_stored(b"8988228066604086910,0011223344,coaps://h#hex"),
    ):
        for text in (repr(credentials), str(credentials)):
            assert "aB3d" not in text
            assert "1122" not in text
            assert ICCID[5:] not in text


def test_a_key_as_hex_is_kept_by_its_digits():
    plain = parse_credentials(b"8988228066604086910,00fFa55a,coaps://h:1")
    assert plain.key == b"00fFa55a"
    other = read_as_hex(plain)
    assert (other.key, other.identity, other.host, other.port) == (b"\x00\xff\xa5Z", ICCID, "h", 1)
    assert other.to_bytes() == b"8988228066604086910,00fFa55a,coaps://h:1#hex"
    again = parse_stored(other.to_bytes())
    assert (again.key, again.to_bytes()) == (other.key, other.to_bytes())
    assert parse_stored(plain.to_bytes()).key == plain.key
    # The mark is the store's: a server's answer does not choose how its key is read.
    error_of(BootstrapMalformed, parse_credentials, other.to_bytes())
    assert read_as_hex(other) is None
    for key in (b"00112233445", b"001122", b"0011223g", b"aB3dE6gH9jK2mN5p"):
        assert read_as_hex(Credentials(ICCID, key, "h", 1)) is None
        error = error_of(UsageError, lambda key: HexCredentials(ICCID, key, "h", 1), key)
        assert key.decode() not in str(error)


def test_credentials_for_another_sim_or_domain_are_not_taken():
    line = ANSWERS[0][0]
    for arguments, words in (
        ({"iccid": "8988228066604086911"}, "not for this SIM"),
        ({"domain": "1nce.example"}, "coap.os.1nce.com, which is not in 1nce.example"),
        ({"domain": "ap.os.1nce.com"}, "not in"),
    ):

        def taken(port, arguments=arguments):
            return asyncio.run(authenticate(port, parameters=QUICK, **arguments))

        error = error_of(BootstrapMalformed, taken, ScriptedPort(0x45, line))
        assert words in str(error)
        assert ICCID not in str(error)
    for arguments in (
        {"iccid": ICCID},
        {"iccid": ICCID + "7"},
        {"iccid": ICCID[:-1]},
        {"domain": "1nce.com"},
        {"domain": "OS.1nce.COM"},
        {"domain": None},
    ):
        port = ScriptedPort(0x45, line)
        assert asyncio.run(authenticate(port, parameters=QUICK, **arguments)).port == 5684


def test_a_refusal_repeats_no_number_and_no_line_of_the_server():
    for code, words in ((0x81, b"SIM 8988228066604086910 is unknown"), (0x44, ANSWERS[0][0])):
        for error in (
            error_of(BootstrapRefused, ask, ScriptedPort(code, words)),
            record_refused(Message(ACK, code, 1, b"", (), words)),
        ):
            assert ICCID not in str(error)
            assert "aB3d" not in str(error)


def test_the_request_is_a_confirmable_get_of_bootstrap():
    port = ScriptedPort(0x45, ANSWERS[0][0])
    assert ask(port).key == b"aB3dE6gH9jK2mN5p"
    request = port.requests[0]
    assert (request.type, request.code) == (CON, 1)
    # No Uri-Host: the address names the server (RFC 7252, 5.10.1).
    assert request.options == ((options.URI_PATH, b"bootstrap"),)
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
