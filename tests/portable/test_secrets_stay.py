"""A key and an ICCID go through every error, event and repr of the SDK, and come out of none."""

import asyncio

from nce.authenticate import authenticate
from nce.coap import codes
from nce.coap.client import CoapClient
from nce.coap.exchange import Endpoint
from nce.coap.message import ACK, Message, decode, encode
from nce.coap.parameters import Parameters
from nce.coap.responder import HandlerFailed, Responder
from nce.coap.server import CoapServer
from nce.coap.site import Site
from nce.credentials import Credentials, parse_credentials
from nce.device import Device, Undelivered
from nce.dtls import advice
from nce.dtls.client import Client
from nce.dtls.parameters import Parameters as DtlsParameters
from nce.dtls.saved import restore, save
from nce.dtls.session import DtlsPort
from nce.hex_key import HexCredentials, parse_stored, read_as_hex
from nce.refusals import bootstrap_refused, bootstrap_unanswered, record_refused

ICCID = "8988228066604086910"
TEXT_KEY = b"aB3dE6gH9jK2mN5p"
HEX_KEY = b"c0ffee0123456789c0ffee0123456789"
LINES = [
    b"%s,%s,coaps://coap.os.1nce.com:5684" % (ICCID.encode(), key) for key in (TEXT_KEY, HEX_KEY)
]
# Of a number, who issued it may show; of a key nothing, in no notation. Pieces, for a message that
# cuts.
SECRETS = (
    ICCID[5:13],
    ICCID[9:],
    "aB3dE6",
    "H9jK2m",
    "c0ffee",
    "C0FFEE",
    "c0, 0xff",
    "192, 255, 238",
    "\\xc0\\xff\\xee",
    TEXT_KEY[:6].hex(),
)
QUICK = Parameters(1, 100, 1, 1, 1, 2, 1)
DTLS_QUICK = DtlsParameters(1, 1, 2)


def texts_of(thing, depth=0):
    """Every text that a log line about it may hold."""
    texts = [repr(thing), str(thing)]
    if isinstance(thing, BaseException) and depth < 5:
        for inner in thing.args:
            texts += texts_of(inner, depth + 1)
        # CPython prints these, too.
        for name in ("__context__", "__cause__", "cause", "error"):
            inner = getattr(thing, name, None)
            if inner is not None:
                texts += texts_of(inner, depth + 1)
    elif isinstance(thing, tuple) and depth < 5:
        for inner in thing:
            texts += texts_of(inner, depth + 1)
    return texts


def check(thing):
    for text in texts_of(thing):
        for secret in SECRETS:
            assert secret not in text, text


def raised(call, *arguments):
    try:
        call(*arguments)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is looked at
        return error
    return None


def fixed_bytes(count):
    return bytes(range(count))


def test_the_check_finds_what_it_looks_for():
    for secret in (ICCID, TEXT_KEY, HEX_KEY, bytes.fromhex(HEX_KEY.decode()), OSError(LINES[0])):
        try:
            check(secret)
        except AssertionError:
            continue
        raise RuntimeError("%r was not found" % (secret,))


def test_credentials_and_what_is_wrong_with_a_line():
    for line in LINES:
        credentials = parse_credentials(line)
        check(credentials)
        check(read_as_hex(credentials) or credentials)
        check((credentials, [credentials]))
        for at in range(len(line)):
            for byte in (b"", b"\x00", b"\xff", b",", b'"', b"\r", b"#"):
                check(raised(parse_credentials, line[:at] + byte + line[at + 1 :]))
            check(raised(parse_credentials, line[:at]))
            check(raised(parse_credentials, line[at:]))
        check(raised(parse_stored, line + b"#hex"))
    for key in (TEXT_KEY, HEX_KEY[1:]):
        error = raised(HexCredentials, ICCID, key, "h", 1)
        assert error is not None
        check(error)


def test_a_client_in_each_of_its_states():
    for key in (TEXT_KEY, HEX_KEY, bytes.fromhex(HEX_KEY.decode())):
        for identity in (ICCID, ICCID.encode()):
            client = Client(identity, key, fixed_bytes)
            check(client)
            client.start(0)
            check(client)
            check(client._negotiation)
            check(client.flight)
            check(client.records)
            check(raised(client.start, 0))
            check(raised(client.send, b"early"))
            check(save(client))
            restore(client, b"")
            for alert in (0, 20, 40, 115):
                client.receive_datagram(b"\x15\xfe\xfd" + bytes(8) + bytes((0, 2, 2, alert)), 0)
            while client.next_timeout() is not None:
                check(client.handle_timeout(client.next_timeout()))
            check(client)
    check(raised(Client, ICCID, TEXT_KEY.decode(), fixed_bytes))
    check(raised(Client, ICCID * 7, TEXT_KEY, fixed_bytes))
    check(raised(Client, ICCID, TEXT_KEY * 17, fixed_bytes))


def test_every_error_of_a_handshake():
    for key in (TEXT_KEY, HEX_KEY, bytes.fromhex(HEX_KEY.decode())):
        for alert in range(256):
            check(advice.refused(alert, key))
        for flight in (1, 3, 5):
            check(advice.timed_out(flight, 6, 3, key))
            for hint in (20, 40, 51, 115, (0, 2, 1), (1, 0x00A8), (2, 24), (3,), (4,), (5,)):
                for count in (1, 2):
                    client = Client(ICCID, key, fixed_bytes)
                    client.flight.number = flight
                    client.flight.hint = hint
                    client.flight.hints = count
                    check(advice.given_up(client.flight, 3, key))


def test_every_refusal_whatever_the_server_repeats():
    for code in range(0x40, 0xC0):
        for payload in (
            b"",
            LINES[0],
            LINES[1],
            ICCID.encode(),
            b'{"statusText":"SIM %s","errors":[]}' % ICCID.encode(),
        ):
            response = Message(ACK, code, 1, b"", (), payload)
            check(bootstrap_refused(response))
            check(record_refused(response))
    check(bootstrap_unanswered(OSError("silence")))


class ScriptedPort:
    """Answers every request by `code` and `payload`; a handshake by `datagram`."""

    max_datagram = 1200

    def __init__(self, code, payload, datagram=None):
        self._answer = code, payload
        self._datagram = datagram
        self._waiting = []

    async def send(self, data):
        if data[0] == 22:
            self._waiting += [self._datagram] if self._datagram else []
            return
        request = decode(data)
        code, payload = self._answer
        self._waiting.append(encode(Message(ACK, code, request.mid, request.token, (), payload)))

    async def receive(self, timeout_ms):
        if self._waiting:
            return self._waiting.pop(0)
        await asyncio.sleep(timeout_ms / 1000)
        return None

    async def close(self):
        pass


def test_every_error_of_a_bootstrap():
    async def ask(port, arguments):
        try:
            await authenticate(port, parameters=QUICK, **arguments)
        except OSError as error:
            return error

    for code, payload, arguments in (
        (0x45, LINES[0], {"iccid": "8988228066604086999"}),
        (0x45, LINES[1], {"domain": "elsewhere.example"}),
        (0x45, LINES[0][1:], {}),
        (0x45, LINES[0] + b"/", {"domain": ""}),
        (0x44, LINES[0], {}),
        (0x81, LINES[1], {}),
        (0xA0, ICCID.encode(), {}),
    ):
        error = asyncio.run(ask(ScriptedPort(code, payload), arguments))
        assert error is not None
        check(error)


class Bearer:
    def __init__(self, line, datagram, iccid=ICCID):
        self._line = line
        self._datagram = datagram
        self.iccid = iccid

    async def attach(self):
        pass

    async def open_datagram(self, host, port):
        return ScriptedPort(0x45, self._line, self._datagram)


async def undelivered(device):
    try:
        await device.send(b"record")
    except OSError as error:
        return error
    finally:
        await device.close()


def test_every_event_and_error_of_a_device():
    for line in LINES:
        for alert in (None, 20, 40, 51, 115):
            for credentials in (None, parse_credentials(line)):
                datagram = None
                if alert is not None:
                    datagram = b"\x15\xfe\xfd" + bytes(8) + bytes((0, 2, 2, alert))
                events = []
                device = Device(
                    Bearer(line, datagram),
                    credentials=credentials,
                    on_event=events.append,
                    retry_pauses_ms=(1, 1, 1),
                    coap_options={"parameters": QUICK},
                    dtls_options={"parameters": DTLS_QUICK},
                )

                error = asyncio.run(undelivered(device))
                assert isinstance(error, Undelivered)
                check(error)
                assert len(events) >= 3
                for event in events:
                    check(event)
                check(device)


def test_what_else_has_a_repr():
    port = ScriptedPort(0x45, LINES[0])
    site = Site()
    endpoint = Endpoint(fixed_bytes)
    responder = Responder(endpoint, site.handle)
    for thing in (
        DtlsPort(port, ICCID, TEXT_KEY),
        CoapClient(port),
        CoapServer(port, site),
        site,
        endpoint,
        responder,
        Credentials(ICCID, TEXT_KEY, "h", 1),
        HandlerFailed(codes.GET, OSError("fault")),
    ):
        check(thing)
