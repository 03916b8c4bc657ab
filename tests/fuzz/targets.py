"""What is fuzzed: each target takes any bytes, and lets protocol errors alone pass.

A target returns nothing; whatever it raises is a finding. Inputs that hold several datagrams are
cut by a length of two bytes before each (`datagrams_of`).
"""

import io
from random import Random

from nce.coap.codes import CHANGED, CONTENT, GET, POST, PUT
from nce.coap.exchange import Endpoint
from nce.coap.message import MessageFormatError, decode, encode
from nce.coap.options import NO_RESPONSE, OBSERVE, path_options
from nce.coap.responder import Answer, Responder
from nce.coap.site import Site
from nce.credentials import BootstrapMalformed, parse_credentials
from nce.dtls.client import ApplicationData, Client, Connected, Failed
from nce.dtls.primitives import sha256
from nce.dtls.record import Records
from nce.dtls.saved import restore, save
from nce.dtls.suites import ALL, PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT, key_block_length
from nce.errors import NceError
from nce.lwm2m import formats, kinds
from nce_sim.endpoints.coap.both_ways import CoapBothWays, Notice
from nce_sim.endpoints.coap.client import Outcome
from nce_sim.endpoints.coap.request import CoapPeer, Request, Response
from nce_sim.endpoints.coap.settings import ClientSettings, CoapSettings
from nce_sim.endpoints.coap.transfer import BadResponse, Call

MAX_DATAGRAMS = 16
IDENTITY = "8988228066604086910"
KEY = b"aB3dE6gH9jK2mN5p"
# The last one takes both ways of CBC.
SUITES = (*ALL[:-1], PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT)


def fixed_bytes(count):
    """The random bytes of the recorded sessions: 00 01 02 ..."""
    return bytes(range(count))


def datagrams_of(data):
    """The datagrams of an input, each behind its length; what is left over is the last one."""
    datagrams = []
    while len(data) > 2 and len(datagrams) < MAX_DATAGRAMS:
        end = 2 + int.from_bytes(data[:2], "big")
        datagrams.append(data[2:end])
        data = data[end:]
    return datagrams


def joined(datagrams):
    """The input that `datagrams_of` takes apart."""
    return b"".join(len(one).to_bytes(2, "big") + one for one in datagrams)


def site():
    """Resources of each kind: plain, with a query that is read, observed, and block-wise."""
    served = Site()
    served.add(
        "/example",
        POST,
        lambda request: Answer(CHANGED, (), b",".join(map(str.encode, request.query))),
    )
    served.add("/state", GET, lambda request: Answer(CONTENT, (), b"off"), is_observable=True)
    served.add("/long", GET, lambda request: Answer(CONTENT, (), io.BytesIO(bytes(3000))))
    served.add("/long", PUT, lambda request: CHANGED, open_body=lambda request: io.BytesIO())
    return served


def coap_message(data):
    """A datagram is refused, or decodes to what encodes to an equal message."""
    try:
        message = decode(data)
    except MessageFormatError:
        return
    if decode(encode(message)) != message:
        raise AssertionError(f"{message} does not survive encoding")


def coap_endpoint(data):
    """Requests outstanding, and a responder: whatever comes in, each token ends once."""
    served = site()
    endpoint = Endpoint(fixed_bytes)
    endpoint.responder = Responder(endpoint, served.handle, "peer")
    tokens = [
        endpoint.request(code, options, b"", 0, confirmable, bytes((number,)))
        for number, (code, options, confirmable) in enumerate(
            (
                (POST, path_options("/"), True),
                (GET, ((OBSERVE, b""), *path_options("/a")), False),
                (POST, ((NO_RESPONSE, b"\x1a"),), True),
            )
        )
    ]
    ended = []
    now_ms = 0
    for datagram in datagrams_of(data):
        # The first byte is the time that passes: what matters happens within seconds or minutes.
        now_ms += (datagram[0] if datagram else 0) ** 2
        events = endpoint.receive_datagram(datagram[1:], now_ms)
        events += endpoint.handle_timeout(now_ms)
        for event in events:
            served.observers.take_event(event, now_ms)
        served.observers.notify("/state", now_ms)
        ended += [event.token for event in events if event.token in (tokens[0], tokens[2])]
        for answer in endpoint.datagrams_to_send():
            decode(answer)
    if len(ended) != len(set(ended)):
        raise AssertionError(f"a token ended twice: {ended}")


def coap_both_ways(data):
    """1NCE's LwM2M address: requests of its own, a client's, notifications; each ends once."""
    both = CoapBothWays(
        first_mid=0x0102,
        random=Random(1),
        settings=CoapSettings(block_wise=True),
        client_settings=ClientSettings(response_max_bytes=4096),
    )
    peer = CoapPeer("10.160.0.1", 5683)
    read = Call(peer, GET, ((OBSERVE, b""), *path_options("/3")), b"", b"t")
    write = Call(peer, PUT, path_options("/5/0/0"), bytes(2500), b"u")
    for call in (read, write, read._replace(token=b"v")):
        both.ask(call, 0)
    ended = []
    now_ms = 0
    for datagram in datagrams_of(data):
        now_ms += (datagram[0] if datagram else 0) ** 2
        for event in [
            *both.receive_datagram(datagram[1:], peer, now_ms),
            *both.handle_timeout(now_ms),
        ]:
            if isinstance(event, Request):
                both.respond(event.handle, Response(CHANGED), now_ms)
            elif isinstance(event, Notice):
                try:
                    both.fetch_rest(read, event, now_ms)
                except BadResponse:
                    both.leave(event.handle)
                both.confirm(event.handle, is_wanted=bool(now_ms & 1), now_ms=now_ms)
            elif isinstance(event, Outcome):
                ended.append(event.handle)
        for _, answer in both.datagrams_to_send():
            decode(answer)
    if len(ended) != len(set(ended)):
        raise AssertionError(f"a request ended twice: {ended}")


def dtls_client(data):
    """A client in a handshake with whatever answers; the first byte is its suite and features."""
    features = data[0] if data else 0
    suites = SUITES if features & 8 else (SUITES[(features & 7) % len(SUITES)],)
    client = Client(
        *(IDENTITY, KEY, fixed_bytes),
        suites=suites,
        connection_id=bool(features & 16),
        ticket=bool(features & 32),
    )
    client.start(0)
    client.datagrams_to_send()
    feed(client, datagrams_of(data[1:]))


def dtls_session(data):
    """A session that stands, and records by one who has no key: nothing is taken of them."""
    client = Client(IDENTITY, KEY, fixed_bytes, suites=ALL)
    if not restore(client, STANDING, same_address=True):
        raise AssertionError("the session of the harness is no use any more: make it anew")
    for event in feed(client, datagrams_of(data)):
        if not isinstance(event, Failed):
            raise AssertionError(f"{event} out of a forged record")


def dtls_server(data):
    """A session that stands, and a server that has its keys and means no good.

    The first byte is the suite; each datagram then is what is sealed: the type of a record, its
    epoch, and its plaintext.
    """
    suite = SUITES[(data[0] if data else 0) % len(SUITES)]
    block = bytes(range(key_block_length(suite)))
    client = Client(IDENTITY, KEY, fixed_bytes, suites=(suite,))
    client.suite = suite
    client.protect(block, suite.needs_encrypt_then_mac)
    client.establish()
    server = Records()
    server.protect(suite, turned(suite, block), suite.needs_encrypt_then_mac)
    sealed = [
        server.seal(one[1] & 1, one[0], one[2:]) for one in datagrams_of(data[1:]) if len(one) > 1
    ]
    data_of = [
        one[2:] for one in datagrams_of(data[1:]) if len(one) > 1 and one[0] == 23 and one[1] & 1
    ]
    taken = [event.data for event in feed(client, sealed) if isinstance(event, ApplicationData)]
    if taken != data_of[: len(taken)]:
        raise AssertionError(f"{taken} out of {data_of}")


def turned(suite, block):
    """The key block with the server's half first."""
    parts = []
    for size in (suite.mac_length, 16, suite.salt_length):
        parts.append(block[size : 2 * size] + block[:size])
        block = block[2 * size :]
    return b"".join(parts)


def feed(client, datagrams):
    """Give datagrams to a client, 500 ms apart; the events."""
    happened = []
    for number, datagram in enumerate(datagrams):
        now_ms = 500 * number
        events = client.receive_datagram(datagram, now_ms) + client.handle_timeout(now_ms)
        for event in events:
            if isinstance(event, Failed) and not isinstance(event.error, NceError):
                raise event.error
            if not isinstance(event, (Failed, Connected, ApplicationData)):
                raise AssertionError(f"{event!r} is no event of a client")
        client.datagrams_to_send()
        happened += events
    return happened


def saved_session(data):
    """Bytes of a store restore nothing unless they are whole."""
    client = Client(IDENTITY, KEY, fixed_bytes, suites=ALL)
    # With a checksum that fits, too: what is then in it may be anything.
    for whole in (data, data + sha256(data)[:4]):
        if restore(client, whole):
            save(client)
            client.send(b"data")


LWM2M_FORMATS = (0, 42, 60, 110, 112, 11542, 11543)
LWM2M_BASES = ((), (3442,), (3442, 0), (3442, 0, 1120), (3442, 0, 120), (3442, 0, 1120, 1))


def lwm2m_payload(data):
    """A payload is refused, or reads as values that its codec writes and reads as the same.

    The first byte is the format and what was written to, the second how kinds follow from the
    numbers of resources.
    """
    if len(data) < 2:
        return
    content_format = LWM2M_FORMATS[data[0] % len(LWM2M_FORMATS)]
    base = LWM2M_BASES[data[0] // len(LWM2M_FORMATS) % len(LWM2M_BASES)]
    codec = formats.codec_of(content_format)

    def kind_of(path):
        return (path[2] + data[1]) % kinds.CORE_LINK + 1

    try:
        read = codec.decode(base, data[2:], kind_of)
    except formats.FormatError:
        return
    entries = [(path, kind_of((*path, 0, 0)), value, time_s) for path, value, time_s in read]
    try:
        written = codec.encode(base, entries)
    except NceError:
        # JSON cannot say all that it is read as: 1e400.
        if any(value in (float("inf"), float("-inf")) for _, value, _ in read):
            return
        raise
    again = codec.decode(base, written, kind_of)
    if told(again) != told(read):
        raise AssertionError(f"{read} became {again}")


def told(read):
    """What was read, in some order; a zero has no sign in JSON."""
    return sorted(
        repr((path, value + 0.0 if isinstance(value, float) else value, time_s))
        for path, value, time_s in read
    )


def bootstrap(data):
    """A line is refused without a word of it repeated, or is one that can be kept."""
    try:
        credentials = parse_credentials(data)
    except BootstrapMalformed:
        return
    again = parse_credentials(credentials.to_bytes())
    if vars(again) != vars(credentials):
        raise AssertionError(f"{credentials!r} does not survive its store")


def _standing_session():
    client = Client(IDENTITY, KEY, fixed_bytes, suites=ALL)
    client.suite = ALL[0]
    client.protect(bytes(range(key_block_length(ALL[0]))), False)
    client.establish()
    client.session = (b"", b"", bytes(48), ALL[0].number)
    return save(client)


STANDING = _standing_session()
TARGETS = {
    target.__name__: target
    for target in (
        coap_message,
        coap_endpoint,
        coap_both_ways,
        dtls_client,
        dtls_session,
        dtls_server,
        saved_session,
        bootstrap,
        lwm2m_payload,
    )
}
