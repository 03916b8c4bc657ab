"""No secret leaves the driver: by no event, error, transcript, report, file and no `repr`.

A session with each simulated modem, on a line that repeats every command and loses bytes, with
everything in it that nobody else may know. All that the driver tells of it is collected and
looked through, also for what a lost byte would leave of a secret.
"""

import asyncio
import json
import random

import pytest

from nce_cli.masked_session import masked
from nce_cli.modem_log import RecordingBoard
from nce_modem import Modem, errors
from nce_modem.doctor import examine, render
from nce_modem.log import read_log
from nce_modem.secure import SecureSockets
from nce_modem.sms import Sms
from nce_modem.sms.errors import SmsError
from nce_sim.backend import Backend
from nce_sim.clock import run_virtual
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.network.core import Address
from nce_sim.record.replay import write_session
from support.driver_bench import FAMILIES, Bench

PIN, PUK, NEW_PIN = "90817263", "73645182", "58291047"
KEY = "aB3dE6gH9jK2mN5p"
TEXT = "the safe opens with left nine"
PAYLOAD = b"level 42 of tank seven"
NUMBER = "+882285100"
# Each command that carries a secret, in every family's words: its echo comes back damaged.
COMMANDS = (
    'AT+CPIN="%s"' % PIN,
    'AT+CPIN="%s","%s"' % (PUK, NEW_PIN),
    'AT+CPWD="SC","%s","%s"' % (PIN, NEW_PIN),
    'AT+CLCK="SC",1,"%s"' % PIN,
    'AT+USECPRF=0,8,"%s"' % KEY,
    'AT%%CMNG=0,21122,3,"%s"' % KEY.encode().hex(),
    'AT+SQNSPCFG=1,2,"",1,1,,,"%s","8988280666000000017"' % KEY.encode().hex(),
    'AT+QSSLCFG="psk",0,"8988280666000000017","%s"' % KEY.encode().hex(),
    'AT#XSENDTO=0,1,512,"10.60.2.239",4445,"%s"' % PAYLOAD.hex().upper(),
    'AT#XSEND=0,1,512,"%s"' % PAYLOAD.hex().upper(),
    "AT+CGSN",
    "AT+CIMI",
    "AT+CNUM",
    "AT+CCID",
    "AT+QCCID",
    "AT+SQNCCID",
    "AT%XICCID",
    "ATD+882285000000017;",
)


class LossyReader:
    """Loses a byte now and then; what is left comes in pieces."""

    def __init__(self, reader, bench):
        self._reader, self._bench = reader, bench
        self._random = random.Random(bench.seed)

    async def read(self, size):
        data = await self._reader.read(min(size, 40))
        loss = self._bench.byte_loss
        return bytes(byte for byte in data if self._random.random() >= loss) or b"\n"


class LossyBench(Bench):
    byte_loss = 0.0

    async def open_uart(self):
        reader, writer = await super().open_uart()
        return LossyReader(reader, self), writer


class Listener:
    """Everything that the driver tells, as text."""

    def __init__(self):
        self.told = []

    def on_event(self, event):
        self.told += [repr(event), *[str(field) for field in event]]

    def on_error(self, error):
        self.told += [str(error), repr(error), repr(error.args), *error.transcript]
        self.told += [str(getattr(error, name, "")) for name in ("evidence", "reason", "remedy")]

    def listen_to(self, channel):
        """The engine's own events, too: whoever uses it alone may show them."""
        for name in ("receive_data", "handle_timeout"):
            setattr(channel, name, self._noting(getattr(channel, name)))

    def _noting(self, method):
        def noted(*arguments):
            events = method(*arguments)
            self.told += [repr(event) for event in events]
            self.told += [str(event.text) for event in events if hasattr(event, "kind")]
            return events

        return noted


def secrets_of(bench):
    """The secrets of a session, by name."""
    return {
        "PIN": PIN,
        "PUK": PUK,
        "new PIN": NEW_PIN,
        "key": KEY,
        "key in hexadecimal": KEY.encode().hex(),
        "ICCID": bench.sim.iccid,
        "IMSI": bench.sim.imsi,
        "MSISDN": bench.sim.msisdn,
        "IMEI": bench.knobs.imei,
        "text of a message": TEXT,
        "text of a message in UCS2": TEXT.encode("utf-16-be").hex(),
        "datagram": PAYLOAD.decode(),
        "datagram in hexadecimal": PAYLOAD.hex(),
    }


def remains_of(secret):
    """A secret, and what a lost byte leaves of it."""
    secret = secret.lower()
    return {secret} | {secret[:place] + secret[place + 1 :] for place in range(len(secret))}


async def trying(listener, awaitable):
    """Await; a refusal of the modem is one more thing that is told."""
    try:
        return await asyncio.wait_for(awaitable, 900)
    except errors.ModemError as error:
        listener.on_error(error)
    return None


async def use(bench, modem, listener):
    """Everything that has a secret in it, once; the line is what it is."""
    family, link = modem.family, modem.link
    await trying(listener, modem.attach())
    await trying(listener, family.ask(link, "ATE1"))
    for text in COMMANDS:
        await trying(listener, family.ask(link, text, timeout_ms=3000))
    if "dtls_psk" in family.profile.capabilities:
        sockets = SecureSockets(modem, bench.sim.iccid, KEY.encode())
        port = await trying(listener, sockets.open("coap.os.1nce.com", 5684))
        listener.told += [repr(sockets), repr(port), repr(family)]
    port = await trying(listener, modem.open_datagram(bench.echo.host, bench.echo.port))
    if port is not None:
        for _ in range(5):
            await trying(listener, port.send(PAYLOAD))
            await trying(listener, port.receive(5000))
        listener.told.append(repr(port))
        await port.close()
    for is_text in (False, True):
        sms = Sms(modem, is_text=is_text)
        await trying(listener, sms.send(NUMBER, TEXT, report=not is_text))
        bench.world.operator.sms.send_mt(bench.sim, TEXT)
        await trying(listener, sms.receive(60_000))
        await trying(listener, sms.list())
        await trying(listener, sms.receive(60_000))
        # Pushed instead of stored, and as nobody expects them: no one takes them.
        await trying(listener, family.ask(link, "AT+CNMI=2,2,0,1,0"))
        bench.world.operator.sms.send_mt(bench.sim, TEXT)
        await asyncio.sleep(60)
        listener.told += [repr(sms), *modem.transcript]
        modem.link._takers.clear()
    listener.told += [repr(modem), repr(link), repr(link.channel.transcript)]
    listener.told += render(await examine(modem)).split("\n")


@pytest.mark.parametrize("byte_loss", [0.0, 0.01])
@pytest.mark.parametrize("personality", sorted(FAMILIES))
def test_no_secret_is_told(personality, byte_loss):
    listener = Listener()
    found = {}

    async def within(clock):
        bench = LossyBench(clock, personality, has_echo=False)
        bench.echo = Address("10.60.2.200", 7)
        bench.world.core.listen(bench.echo, bench._answer)
        entries = []
        board = RecordingBoard(bench, entries.append)
        with Backend(bench.world) as backend:
            backend.authenticator.set_psk(bench.sim.iccid, KEY)
            modem = Modem(board, on_event=listener.on_event)
            await modem.power_on()
            listener.listen_to(modem.link.channel)
            bench.byte_loss = byte_loss
            await use(bench, modem, listener)
            await modem.close()
        found["bench"], found["entries"] = bench, entries

    run_virtual(within)
    bench, entries = found["bench"], found["entries"]
    said, sent = (
        b"".join(entry.data for entry in entries if entry.direction == direction).decode("latin-1")
        for direction in ("rx", "tx")
    )
    told = "\n".join(listener.told).lower()
    file = write_session(masked(entries))
    written = {}
    for line in file.splitlines():
        piece = json.loads(line)
        data = bytes.fromhex(piece["hex"]).decode("latin-1").lower()
        written[piece["direction"]] = written.get(piece["direction"], "") + data
    report = render(read_log(write_session(entries).splitlines())).lower()
    for name, secret in secrets_of(bench).items():
        for remains in remains_of(secret):
            assert remains not in told, (name, remains, excerpt(told, remains))
            assert remains not in report, (name, remains, excerpt(report, remains))
        if name not in ("datagram", "text of a message"):
            # Binary content has no lines; a session of `nce modem log` holds none of it.
            for text in written.values():
                assert secret.lower() not in text, (name, excerpt(text, secret.lower()))
    # The session had them all, or nothing is proved. Nordic's SLM has no echo.
    has_echo = "E" in PERSONALITIES[personality].commands
    for name in ("ICCID", "IMEI", "PIN", "key"):
        is_told = has_echo or name in ("ICCID", "IMEI")
        assert byte_loss or secrets_of(bench)[name] in (said if is_told else sent), name


def excerpt(text, part):
    at = text.find(part)
    return text[max(0, at - 60) : at + len(part) + 20]


def test_the_whole_iccid_is_an_attribute_and_no_event(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        assert modem.iccid.startswith(bench.sim.iccid)
        ready = [event for event in bench.told if type(event).__name__ == "SimReady"]
        assert ready[0].iccid == modem.iccid[:5] + "*" * (len(modem.iccid) - 5)
        assert bench.sim.iccid not in repr(bench.told) + repr(modem)

    on_modem(scene)


def test_errors_of_short_messages_are_masked_like_all_others():
    assert "8988280666" not in str(SmsError("about 8988280666000000017"))
