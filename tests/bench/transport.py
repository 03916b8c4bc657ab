"""What a secure session and a message cost: ours, other programs', and the least RFCs allow.

Ours runs in virtual time against the simulated 1NCE OS, the others at its loopback twins; the same
server, the same counter. Bytes have the 28 of IPv4 and UDP in each datagram. A round trip is a
turn: something went up, then something came down.
"""

import asyncio
import os
import shutil
import tempfile
import time
from random import Random

import pytest

from blueprints import gps_codec
from gps_track import fixes
from memory_stores import Kept
from nce.authenticate import authenticate
from nce.coap.client import CoapClient
from nce.coap.codes import POST
from nce.coap.message import CON, Message, encode
from nce.coap.options import path_options, query_options
from nce.dtls.client import Client
from nce.dtls.session import DtlsPort
from nce_sim.backend import Backend
from nce_sim.backend_settings import BY_IDENTITY, BackendSettings
from nce_sim.clock import run_virtual
from nce_sim.endpoints.dtls import DtlsServer, DtlsSettings, Established
from nce_sim.ports.twin import TwinError
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World
from support.dtls_records import per_record
from support.mbedtls_peer import cid, visit
from support.portable_runs import ROOT
from support.twin_world import open_twins

IP_AND_UDP = 28
APPLICATION_DATA = 23  # RFC 5246, 6.2.1
IDENTITY = b"8988228066604086910"
KEY = b"aB3dE6gH9jK2mN5p"
COOKIE_BYTES = DtlsSettings().cookie_bytes
CONNECTION_ID_BYTES = 8
REMEDY = "missing; `make peers` installs it"
NO_ID = "no Connection ID"
ACKNOWLEDGEMENT_BYTES = 8  # 2.04 with a token of 4, as the answer to ours
SIM_PORT = 40000
RECORDS = 4000
HEADER_NOTE = "IP and UDP headers counted"


def payload():
    """The first fix of the recorded track, packed."""
    with open(ROOT / "firmware/data/gps_track.csv") as track:
        return gps_codec.encode(next(fixes(track)))


def message():
    """The CoAP message that ours sends, with a token of 4 bytes, for programs without CoAP."""
    options = path_options("/") + query_options(("t=gps",))
    return encode(Message(CON, POST, 0x4242, b"\x01\x02\x03\x04", options, payload()))


# --- counting ---------------------------------------------------------------------------------


class Air:
    """Datagrams in the order they passed: (is up, payload)."""

    def __init__(self, datagrams):
        self.datagrams = datagrams

    @property
    def up(self):
        return sum(len(data) + IP_AND_UDP for is_up, data in self.datagrams if is_up)

    @property
    def down(self):
        return sum(len(data) + IP_AND_UDP for is_up, data in self.datagrams if not is_up)

    @property
    def round_trips(self):
        turns = zip(self.datagrams, self.datagrams[1:], strict=False)
        return sum(before[0] and not after[0] for before, after in turns)

    def rows(self, what):
        count = len(self.datagrams)
        trips = f"{self.round_trips} round trip{'s' * (self.round_trips != 1)}"
        note = f"{self.up} up, {self.down} down in {count} datagrams, {trips}"
        return [(what, self.up + self.down, "B", note)]


def connections(timeline, service_port):
    """The Air of each client port that spoke to a service, in the order they began."""
    found: dict[str, list[tuple[bool, bytes]]] = {}
    for record in timeline.records(kind="datagram"):
        ends = record.fields["origin"], record.fields["destination"]
        is_up = record.fields["direction"] == "up"
        client, service = ends if is_up else ends[::-1]
        if str(service).endswith(f":{service_port}"):
            found.setdefault(str(client), []).append((is_up, record.fields["payload"]))
    return [Air(datagrams) for datagrams in found.values()]


def handshake_and_message(air):
    """A connection without Connection ID in two: up to the first data, and the data."""
    is_data = [data[:1] == bytes((APPLICATION_DATA,)) for _, data in air.datagrams]
    first = is_data.index(True) if True in is_data else len(is_data)
    # A goodbye is an alert (21) or, sealed, anything after the last flight: not counted.
    handshake = [one for one in air.datagrams[:first] if one[1][0] != 21]
    return Air(handshake), Air(
        [one for one, data in zip(air.datagrams, is_data, strict=True) if data]
    )


# --- ours, in virtual time --------------------------------------------------------------------


class CorePort:
    """A datagram port of the SIM straight at the simulated core."""

    max_datagram = 1252

    def __init__(self, core, service):
        self._core, self._service = core, service
        self._received = asyncio.Queue()
        self.passed = []
        core.set_twin(self._deliver)

    def _deliver(self, datagram):
        self.passed.append((False, datagram.payload))
        self._received.put_nowait(datagram.payload)

    async def send(self, data):
        self.passed.append((True, bytes(data)))
        self._core.send(Datagram(Address("10.160.0.1", SIM_PORT), self._service, bytes(data)))

    async def receive(self, timeout_ms):
        try:
            return await asyncio.wait_for(self._received.get(), timeout_ms / 1000)
        except TimeoutError:
            return None

    async def close(self):
        pass

    def take(self):
        """The Air since the last call."""
        air, self.passed = Air(self.passed), []
        return air


def ours():
    """Rows of bootstrap, handshakes and messages."""
    return run_virtual(_ours)


async def _ours(clock):
    rows = []
    ways = (
        ("", {}, {}),
        (", session ID", {}, {"session_ids": True}),
        (", ticket", {"ticket": True}, {"session_tickets": True}),
        (
            f", session ID and Connection ID of {CONNECTION_ID_BYTES}",
            {"connection_id": True},
            {"session_ids": True, "connection_id_bytes": CONNECTION_ID_BYTES},
        ),
    )
    for name, features, settings in ways:
        world = World(1, clock)
        world.add_sim()
        with Backend(world, settings=BackendSettings(dtls=DtlsSettings(**settings))) as backend:
            host = world.core.settings.coap_host
            port = CorePort(world.core, Address(host, backend.settings.coap_port))
            credentials = await authenticate(port, now_ms=clock.now_ms)
            if not name:
                rows += port.take().rows("bootstrap, ours")
                line = len(credentials.to_bytes())
                rows += least_bootstrap(line)
            store = Kept()
            rows += await _session("full handshake", name, credentials, backend, store, features)
            if settings:
                rows += await _session(
                    "resumed handshake", name, credentials, backend, store, features
                )
    return rows


async def _session(what, name, credentials, backend, store, features):
    core, clock = backend.core, backend.clock
    address = Address(core.settings.coap_host, backend.settings.coaps_port)
    port = CorePort(core, address)
    secure = DtlsPort(
        *(port, credentials.identity, credentials.key),
        now_ms=clock.now_ms,
        store=store,
        **features,
    )
    await secure.connect()
    rows = port.take().rows(f"{what}, ours{name}")
    client = CoapClient(secure, now_ms=clock.now_ms)
    await client.request(POST, "/", query=("t=gps",), payload=payload())
    if what == "full handshake" and name in ("", WAY_WITH_CONNECTION_ID):
        with_or_without = name.rpartition(" and ")[2] if name else NO_ID
        rows += port.take().rows(f"one message, ours, {with_or_without}")
    await secure.close(forget=True)
    return rows


WAY_WITH_CONNECTION_ID = f", session ID and Connection ID of {CONNECTION_ID_BYTES}"


# --- the least that the RFCs allow ------------------------------------------------------------


def least(what, up, down, note):
    total = sum(up) + sum(down) + IP_AND_UDP * (len(up) + len(down))
    trips = min(len(up), len(down))
    return [
        (
            f"{what}, least by the RFCs",
            total,
            "B",
            f"{len(up) + len(down)} datagrams, {trips} round trip{'s' * (trips != 1)}; {note}",
        )
    ]


def least_bootstrap(line):
    # RFC 7252, 3: a header of 4 and no token; Uri-Path "bootstrap" is 1 + 9 (Uri-Host may be
    # left out: the address names the server, 5.10.1); the marker and the line back.
    return least("bootstrap", [4 + 10], [4 + 1 + line], "no token, no Uri-Host")


def least_handshakes():
    record, handshake = 13, 12  # RFC 6347, 4.1 and 4.2.2
    # Version, random, empty session ID and cookie, one suite and the SCSV (RFC 5746, 3.4 has a
    # client send it or the longer extension), null compression, no extension.
    hello = record + handshake + 2 + 32 + 1 + 1 + (2 + 4) + 2
    # Version and cookie; the cookie's length is the server's choice, here that of ours.
    verify = record + handshake + 2 + 1 + COOKIE_BYTES
    # Version, random, session ID, suite, compression, renegotiation_info (RFC 5746, 3.6).
    server_hello = record + handshake + 2 + 32 + 1 + 2 + 1 + (2 + 5)
    done = handshake  # in the record of the ServerHello: RFC 5246, 6.2.1 lets messages share one
    key_exchange = record + handshake + 2 + len(IDENTITY)  # RFC 4279, 2
    # ChangeCipherSpec; Finished of 12 bytes with nonce and tag of CCM_8 (RFC 6655, 3 and 4).
    end = (record + 1) + (record + 8 + handshake + 12 + 8)
    session_id = 1  # at least, to be resumed (RFC 5246, 7.4.1.3)
    note = f"a cookie of {COOKIE_BYTES}"
    no_cookie = "no cookie, which RFC 6347, 4.2.1 advises against"
    again = hello + session_id
    back = server_hello + session_id + end
    return [
        *least(
            "full handshake",
            [hello, hello + COOKIE_BYTES, key_exchange + end],
            [verify, server_hello + done, end],
            note,
        ),
        *least(
            "full handshake", [hello, key_exchange + end], [server_hello + done, end], no_cookie
        ),
        *least("resumed handshake", [again, again + COOKIE_BYTES, end], [verify, back], note),
        *least("resumed handshake", [again, end], [back], no_cookie),
    ]


def least_message():
    # RFC 7252, 3: header, Uri-Query (15: one byte of delta more), marker, payload; and 2.04
    # without a token. CCM_8: 13 of header, 8 of nonce, 8 of tag. Connection ID: RFC 9146, 4.
    sealed = 13 + 8 + 8
    request, answer = 4 + (2 + len("t=gps")) + 1 + len(payload()), 4
    return [
        *least("one message", [sealed + request], [sealed + answer], "no token"),
        *least(
            "one message",
            [sealed + request + 2],
            [sealed + answer],
            "no token, a Connection ID of 1",
        ),
    ]


# --- the others -------------------------------------------------------------------------------


async def by_libcoap(build):
    program = shutil.which(f"coap-client-{build}")
    if program is None:
        return [(f"libcoap ({build}): not measured", 0, "", REMEDY)]
    async with open_twins() as twins:
        with tempfile.NamedTemporaryFile() as file:
            file.write(payload())
            file.flush()
            await twins.run(
                *(program, "-a", twins.sim_twin, "-B", "5", "-m", "post", "-f", file.name),
                *("-u", twins.sim.iccid, "-k", twins.key.decode()),
                f"coaps://{twins.coap_twin}/?t=gps",
            )
        return rows_of_peer(f"libcoap ({build})", twins)


async def by_libcoap_bootstrap():
    program = shutil.which("coap-client-notls")
    if program is None:
        return [("libcoap: bootstrap not measured", 0, "", REMEDY)]
    async with open_twins() as twins:
        uri = f"coap://{twins.coap_twin}/bootstrap"
        await twins.run(program, "-a", twins.sim_twin, "-B", "5", uri)
        return connections(twins.world.timeline, 5683)[0].rows("bootstrap, libcoap")


def rows_of_peer(name, twins, ways=("full handshake",)):
    """A row for the handshake of each connection in turn, and one for the first message."""
    rows = []
    for way, air in zip(ways, connections(twins.world.timeline, 5684), strict=False):
        handshake, data = handshake_and_message(air)
        rows += handshake.rows(f"{way}, {name}")
        if way.startswith("full") and data.datagrams and "ticket" not in name:
            rows += data.rows(f"one message, {name}, no Connection ID")
    return rows


async def by_openssl(has_ticket):
    program = shutil.which("openssl")
    if program is None:
        return [("OpenSSL: not measured", 0, "", REMEDY)]
    dtls = DtlsSettings(session_ids=not has_ticket, session_tickets=has_ticket)
    settings = BackendSettings(coaps_device=BY_IDENTITY, dtls=dtls)
    post = message()
    async with open_twins(settings) as twins:
        with tempfile.TemporaryDirectory() as folder:
            kept = f"{folder}/session.pem"
            for option in ("-sess_out", "-sess_in"):
                await twins.run(
                    *(program, "s_client", "-dtls1_2", "-connect", f"{twins.coap_twin}:5684"),
                    *("-psk", twins.key.hex(), "-psk_identity", twins.sim.iccid),
                    *("-cipher", "PSK-AES128-CCM8:@SECLEVEL=0", "-nocommands", option, kept),
                    *(() if has_ticket else ("-no_ticket",)),
                    stdin=post,
                    until=bytes((0x64, 0x44, *post[2:4])),
                )
        name = f"OpenSSL, {'ticket' if has_ticket else 'session ID'}"
        return rows_of_peer(name, twins, ("full handshake", "resumed handshake"))


async def by_gnutls(has_ticket):
    program = shutil.which("gnutls-cli")
    if program is None:
        return [("GnuTLS: not measured", 0, "", REMEDY)]
    dtls = DtlsSettings(session_ids=not has_ticket, session_tickets=has_ticket)
    priority = "NONE:+VERS-DTLS1.2:+AES-128-CCM-8:+AEAD:+PSK:+SIGN-ALL:+COMP-NULL:+GROUP-ALL"
    async with open_twins(BackendSettings(coaps_device=BY_IDENTITY, dtls=dtls)) as twins:
        await twins.run(
            *(program, "--resume", "--udp", "-p", "5684", twins.coap_twin),
            *("--pskusername", twins.sim.iccid, "--pskkey", twins.key.hex()),
            *("--priority", priority + ("" if has_ticket else ":%NO_TICKETS")),
        )
        name = f"GnuTLS, {'ticket' if has_ticket else 'session ID'}"
        return rows_of_peer(name, twins, ("full handshake", "resumed handshake"))


def by_mbedtls():
    buffer, _server, passed = mbedtls_session()
    handshake = Air(list(passed)).rows("full handshake, mbed TLS (python-mbedtls)")
    buffer.write(message())
    taken_from(buffer, passed)
    up = passed[-1]
    # Its record is the size of ours; the answer is the server's, as in every other row.
    note = f"{len(up[1]) + IP_AND_UDP} up"
    return [
        *handshake,
        ("one message, mbed TLS, the way up", len(up[1]) + IP_AND_UDP, "B", note),
    ]


async def by_mbedtls_programs():
    """Of ssl_client2, which has Connection IDs; its data are of the sizes of ours."""
    rows = []
    request, answer = message(), bytes(ACKNOWLEDGEMENT_BYTES)
    for name, value, settings in (
        ("session ID", None, {"session_ids": True}),
        ("ticket", None, {"session_tickets": True}),
        (
            f"session ID and Connection ID of {CONNECTION_ID_BYTES}",
            "",
            {"session_ids": True, "connection_id_bytes": CONNECTION_ID_BYTES},
        ),
    ):
        code, output, _server, nat = await visit(
            *(DtlsSettings(**settings), "TLS-PSK-WITH-AES-128-CCM-8"),
            answer=answer,
            tickets=int("session_tickets" in settings),
            request_size=len(request),
            reconnect=1,
            **cid(value),
        )
        if code:
            raise SystemExit(f"ssl_client2 does not connect: {output}")
        program = f"Mbed TLS 3.6 (ssl_client2), {name}"
        full, resumed = halves(nat.passed)
        for way, passed in (("full handshake", full), ("resumed handshake", resumed)):
            protected = [data[3:5] == b"\x00\x01" for _is_up, data in passed]
            ups = [is_up for is_up, _data in passed]
            at = [*zip(ups, protected, strict=True)].index((True, True))
            # A flight begins in epoch 0: what does not is a goodbye of the session before.
            flights = [
                one for one, is_data in zip(passed[:at], protected, strict=False) if not is_data
            ]
            rows += Air(flights).rows(f"{way}, {program}")
            if way == "full handshake" and not settings.get("session_tickets"):
                with_or_without = name.rpartition(" and ")[2] if value is not None else NO_ID
                title = f"one message, Mbed TLS 3.6 (ssl_client2), {with_or_without}"
                rows += Air(passed[at : at + 2]).rows(title)
    return rows


def halves(passed):
    """The datagrams of two connections: the second begins with the last but one ClientHello."""
    hellos = [
        at for at, (is_up, data) in enumerate(passed) if is_up and data[0] == 22 and data[13] == 1
    ]
    return passed[: hellos[-2]], passed[hellos[-2] :]


def taken_from(buffer, passed):
    """The datagrams that mbed TLS wants to send; it joins records of one flight."""
    data = bytes(buffer.peek_outgoing(20_000))
    if data:
        buffer.consume_outgoing(len(data))
        passed.append((True, data))
    return data


def mbedtls_session():
    """A session of python-mbedtls with the simulator's server, in memory."""
    from mbedtls import tls

    server = new_server()
    configuration = tls.DTLSConfiguration(
        pre_shared_key=(IDENTITY.decode(), KEY),
        ciphers=("TLS-PSK-WITH-AES-128-CCM-8",),
        validate_certificates=False,
    )
    buffer = tls.ClientContext(configuration).wrap_buffers(None)
    passed = []
    for _ in range(100):
        if buffer._handshake_state is tls.HandshakeStep.HANDSHAKE_OVER:
            return buffer, server, passed
        try:
            buffer.do_handshake()
        except (tls.WantReadError, tls.WantWriteError):
            pass
        data = taken_from(buffer, passed)
        if data:
            server.receive_datagram(data, ("10.160.0.1", SIM_PORT), 0)
        for _peer, answer in server.datagrams_to_send():
            passed.append((False, answer))
            buffer.receive_from_network(answer)
    raise SystemExit(f"mbed TLS does not connect: {buffer._handshake_state}")


# --- speed ------------------------------------------------------------------------------------


def new_server():
    return DtlsServer(
        look_up_psk=lambda identity, peer: KEY if identity == IDENTITY else None,
        random_bytes=Random(1).randbytes,
        settings=DtlsSettings(),
    )


def our_session():
    server = new_server()
    client = Client(IDENTITY, KEY, os.urandom)
    client.start(0)
    for _ in range(8):
        for datagram in client.datagrams_to_send():
            events = server.receive_datagram(datagram, ("10.160.0.1", SIM_PORT), 0)
            if any(isinstance(event, Established) for event in events):
                for _peer, answer in server.datagrams_to_send():
                    client.receive_datagram(answer, 0)
                return client
        for _peer, answer in server.datagrams_to_send():
            client.receive_datagram(answer, 0)
    raise SystemExit("our own client does not connect")


def record_rate():
    """Records sealed, ours beside python-mbedtls: best of 5, in turn."""
    data = message()
    client = our_session()
    buffer, _server, _passed = mbedtls_session()

    def seal_ours():
        client.send(data)
        return client.datagrams_to_send()

    def seal_theirs():
        buffer.write(data)
        size = len(buffer.peek_outgoing(2000))
        buffer.consume_outgoing(size)
        return size

    best = {}
    for _ in range(5):
        for seal in (seal_ours, seal_theirs):
            start = time.perf_counter()
            for _ in range(RECORDS):
                seal()
            took = time.perf_counter() - start
            best[seal] = min(took, best.get(seal, took))
    return [
        (
            "records sealed / python-mbedtls, CPython",
            best[seal_theirs] / best[seal_ours],
            "x",
            f"rate of ours over theirs, one run; CCM_8, {len(data)} bytes",
        )
    ]


def board_rows():
    valgrind = shutil.which("valgrind")
    size = len(message())
    rows, heap, instructions = [], {}, {}
    for way in ("seal", "open"):
        heap[way] = per_record(way, size)
        if valgrind:
            instructions[way] = per_record(way, size, valgrind)
    # The second way seals and opens.
    for title, measured, unit, note in (
        ("heap", heap, "B", "allocated and free for collection at once, 64-bit"),
        ("instructions", instructions, "", "x86-64, by callgrind, in a heap of 128 KiB"),
    ):
        if not measured:
            rows.append((f"{title} per record: not measured", 0, "", f"valgrind: {REMEDY}"))
            continue
        for name, value in (
            ("sealed", measured["seal"]),
            ("opened", measured["open"] - measured["seal"]),
        ):
            rows.append(
                (f"{title} per record {name}, MicroPython", value, unit, f"{size} bytes; {note}")
            )
    return rows


def order(row):
    """Rows of one thing beside one another; ours first, the least last."""
    things = ("bootstrap", "full handshake", "resumed handshake", "one message")
    thing = next((at for at, name in enumerate(things) if row[0].startswith(name)), len(things))
    return thing, "ours" not in row[0], "least" in row[0]


def others():
    """Rows of the programs that are there; a loop for each, so that its sockets are closed."""
    peers = [by_libcoap_bootstrap(), by_libcoap("openssl"), by_libcoap("gnutls")]
    for has_ticket in (False, True):
        peers += [by_openssl(has_ticket), by_gnutls(has_ticket)]
    peers.append(by_mbedtls_programs())
    found = []
    for peer in peers:
        try:
            found += asyncio.run(peer)
        except (TwinError, pytest.skip.Exception) as error:
            found.append((f"{peer.__name__}: not measured", 0, "", str(error)))
    return found


def rows():
    found = ours() + least_handshakes() + least_message()
    found += others()
    try:
        found += by_mbedtls() + record_rate()
    except ImportError:
        found.append(("mbed TLS: not measured", 0, "", "missing; pip install python-mbedtls"))
    return sorted(found + board_rows(), key=order)
