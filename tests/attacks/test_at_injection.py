"""Text from the network, put into every public call, never becomes a command of its own.

A bootstrap answer, a DNS answer and a datagram's source are somebody else's text. Each simulated
modem keeps a list of the commands that reached it, and the pipe all bytes: what was refused has
left neither.
"""

import ast
import asyncio
from pathlib import Path

import pytest

from nce_modem import Modem, errors
from nce_modem.secure import SecureSockets
from nce_modem.sms import Sms
from nce_sim.clock import run_virtual
from nce_sim.sms.short_message import Direction
from support.driver_bench import FAMILIES, Bench
from support.portable_runs import ROOT

MARK = "CFUN=0"
HOSTILE = (
    'x"\rAT+CFUN=0\rAT+QPOWD\r',
    'x"\nAT+CFUN=0\n',
    'x";+CFUN=0;"',
    'x",4445\r\nAT+CFUN=0\r\n',
    "x\x1aAT+CFUN=0\r",
    "x\x1bAT+CFUN=0\r",
    "x\x00AT+CFUN=0\r",
    "+++AT+CFUN=0\r",
    "1.2.3.4\rAT+CFUN=0\r",
    "+49151\rAT+CFUN=0\r",
)
KEY = b"aB3dE6gH9jK2mN5p"
HOST = "10.60.2.219"


async def open_host(modem, value):
    await modem.open_datagram(value, 4445)


async def open_port(modem, value):
    await modem.open_datagram(HOST, value)


async def resolve(modem, value):
    await modem.resolve(value)


async def open_local_port(modem, value):
    if "unconnected" not in modem.family.profile.capabilities:
        raise errors.UsageError("no such socket here")
    await modem.open_unconnected(value)


async def identity(modem, value):
    await SecureSockets(modem, value, KEY).install()


async def secure_host(modem, value):
    await SecureSockets(modem, "8988280666000000017", KEY).open(value, 5684)


async def message_to(modem, value):
    await Sms(modem).send(value, "text")


async def text_message_to(modem, value):
    await Sms(modem, is_text=True).send(value, "text")


async def storage(modem, value):
    await Sms(modem, storage=value).receive(10)


async def another_modem(modem, value):
    Modem(modem.board, family=modem.family, apn=value)


# A call, and the commands that a refused value may have left behind.
CALLS = (
    (open_host, ()),
    (open_port, ()),
    (resolve, ()),
    (open_local_port, ()),
    (identity, ()),
    (secure_host, ()),
    (message_to, ()),
    (text_message_to, ()),
    (storage, ("+CMGF", "+CNMI")),
    (another_modem, ()),
)


class Tapped(Bench):
    """A bench whose line is listened to: `written` is what the driver wrote."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.written = bytearray()
        self.poison = None  # (what the modem says, what arrives instead)

    async def open_uart(self):
        reader, writer = await super().open_uart()
        return TappedReader(reader, self), TappedWriter(writer, self)

    def commands(self):
        return [str(one.fields["text"]) for one in self.world.timeline.records(kind="command")]


class TappedReader:
    def __init__(self, reader, bench):
        self._reader, self._bench = reader, bench

    async def read(self, size):
        data = await self._reader.read(4096)
        if self._bench.poison is not None:
            data = data.replace(*self._bench.poison)
        return data


class TappedWriter:
    def __init__(self, writer, bench):
        self._writer, self._bench = writer, bench

    def write(self, data):
        self._bench.written += data
        self._writer.write(data)

    async def drain(self):
        await self._writer.drain()


def play_tapped(scene, personality):
    """Detect, attach, and run `scene(bench, modem)` in virtual time."""

    async def within(clock):
        bench = Tapped(clock, personality)
        modem = Modem(bench, on_event=bench.told.append)
        try:
            await modem.attach()
            await scene(bench, modem)
        finally:
            await modem.close()

    run_virtual(within)


@pytest.fixture(params=sorted(FAMILIES))
def personality(request):
    return request.param


def test_what_is_refused_never_reaches_the_modem(personality):
    async def scene(bench, modem):
        for call, left in CALLS:
            for value in HOSTILE:
                before = len(bench.commands())
                with pytest.raises(errors.UsageError) as caught:
                    await call(modem, value)
                assert MARK not in str(caught.value), (call.__name__, value)
                arrived = bench.commands()[before:]
                assert all(text.startswith(left) for text in arrived), (call.__name__, arrived)
        assert MARK.encode() not in bench.written
        # The modem is none the worse for it.
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        await port.send(b"hello")
        assert await port.receive(20_000) == b"hello"

    play_tapped(scene, personality)


def test_an_apn_that_was_set_later_is_checked_before_the_radio_is_touched(personality):
    async def scene(bench, modem):
        for value in HOSTILE:
            modem.apn = value
            before = len(bench.commands())
            with pytest.raises(errors.UsageError):
                await modem.attach()
            arrived = bench.commands()[before:]
            assert not [text for text in arrived if "CFUN=" in text or "CGDCONT=" in text], arrived
        assert MARK.encode() not in bench.written

    play_tapped(scene, personality)


def test_a_key_of_text_does_not_leave_its_quotes():
    async def scene(bench, modem):
        for value in HOSTILE:
            sockets = SecureSockets(modem, "8988280666000000017", value.encode())
            with pytest.raises(errors.UsageError) as caught:
                await sockets.install()
            assert MARK not in str(caught.value)
        assert MARK.encode() not in bench.written

    play_tapped(scene, "sara-r5")


# What short messages may ask of a modem.
OF_MESSAGES = (
    "+CMGF",
    "+CSDH",
    "+CNMI",
    "+CSCS",
    "+CSMP",
    "+CMGS",
    "#XSMS=0",
    "#XSMS=1",
    "#XSMS=2,",
)


def messages_sent(bench):
    return [
        message
        for message in bench.world.operator.sms.messages(bench.sim)
        if message.direction is Direction.MO
    ]


NORDIC = sorted(name for name in FAMILIES if name.startswith("nrf91"))
# Nordic's modems have no text mode, and Serial Modem no PDUs: their own tests follow.
WITH_PDUS = sorted(set(FAMILIES) - {"nrf91-sm"})
WITH_TEXT_MODE = sorted(set(FAMILIES) - set(NORDIC))


@pytest.mark.parametrize(
    ("family", "is_text"),
    [(name, False) for name in WITH_PDUS] + [(name, True) for name in WITH_TEXT_MODE],
)
def test_the_text_of_a_message_stays_its_text(family, is_text):
    async def scene(bench, modem):
        sms = Sms(modem, is_text=is_text)
        before, written = len(bench.commands()), len(bench.written)
        texts = [value.replace("\x00", "") for value in HOSTILE]
        for text in texts:
            await sms.send("+882285100", text)
        arrived = bench.commands()[before:]
        assert [text for text in arrived if not text.startswith(OF_MESSAGES)] == []
        sent = [message.user_data.text for message in messages_sent(bench)]
        if is_text:  # what follows CR is a new line of the prompt, with or without LF
            sent, texts = ([text.replace("\r\n", "\r") for text in one] for one in (sent, texts))
        assert sent == texts
        if family in NORDIC:
            # The PDU is part of the command: hexadecimal digits alone between CR and Ctrl-Z.
            pieces = bytes(bench.written[written:]).split(b"AT+CMGS=")[1:]
            assert len(pieces) == len(texts)
            for piece in pieces:
                length, _, pdu = piece.partition(b"\x1a")[0].partition(b"\r")
                assert len(bytes.fromhex(pdu.decode())) == int(length) + 1

    play_tapped(scene, family)


def test_a_text_within_quotes_does_not_leave_them():
    """Serial Modem: `#XSMS=2,<number>,<text>` has the text on the command line."""

    async def scene(bench, modem):
        sms = Sms(modem)
        assert await sms.receive(10) is None
        before = len(bench.commands())
        for value in HOSTILE:
            with pytest.raises(errors.UsageError) as caught:
                await sms.send("+882285100", value)
            assert MARK not in str(caught.value)
        assert bench.commands()[before:] == []
        assert MARK.encode() not in bench.written
        # All that means something to a command line, and stays between quotes.
        harmless = ("x;+CFUN=0", "x,1;AT+CFUN=0;", "+++AT+CFUN=0")
        for text in harmless:
            await sms.send("+882285100", text)
        arrived = bench.commands()[before:]
        assert [text for text in arrived if not text.startswith(OF_MESSAGES)] == []
        assert [message.user_data.text for message in messages_sent(bench)] == list(harmless)

    play_tapped(scene, "nrf91-sm")


@pytest.mark.parametrize("family", NORDIC)
@pytest.mark.parametrize("options", [{"is_text": True}, {"storage": "SM"}], ids=["text", "store"])
def test_a_modem_without_a_store_refuses_text_mode_and_store(family, options):
    async def scene(bench, modem):
        before = len(bench.commands())
        for value in HOSTILE:
            with pytest.raises(errors.UsageError, match="no store and no text mode"):
                await Sms(modem, **options).send("+882285100", value)
        assert bench.commands()[before:] == []
        assert MARK.encode() not in bench.written

    play_tapped(scene, family)


def test_a_datagram_stays_a_datagram(personality):
    async def scene(bench, modem):
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        for value in HOSTILE:
            data = value.replace("+++", "***").encode()
            await port.send(data)
            await asyncio.sleep(10)
            assert bench.arrived[-1] == data
        names = [text.partition("=")[0] for text in bench.commands()]
        assert "+CFUN=0" not in bench.commands()
        assert "+QPOWD" not in names

    play_tapped(scene, personality)


# Said by the modem in place of an address.
EVIL = (b'1.2.3.4";+CFUN=0;"', b"1.2.3.4;+CFUN=0", b"1.2.3", b"a.b.c.d", b"1.2.3.4.5")


@pytest.mark.parametrize("evil", EVIL)
def test_an_address_that_comes_from_the_network_is_an_address(personality, evil):
    async def scene(bench, modem):
        address = bench.echo.host.encode()
        assert await modem.resolve("udp.os.1nce.com") == bench.echo.host
        bench.poison = (address, evil)
        with pytest.raises(errors.ModemError):
            await modem.resolve("udp.os.1nce.com")
        try:
            port = await modem.open_datagram("udp.os.1nce.com", 4445)
            await port.send(b"hello")
            await port.close()
        except errors.ModemError:
            pass
        assert MARK.encode() not in bench.written
        assert evil not in bench.written

    play_tapped(scene, personality)


def test_an_answer_to_a_hostile_peer_is_refused(personality):
    async def scene(bench, modem):
        if "unconnected" not in modem.family.profile.capabilities:
            with pytest.raises(errors.UsageError, match="no unconnected sockets"):
                await modem.open_unconnected(5683)
            return
        port = await modem.open_unconnected(5683)
        before = len(bench.commands())
        for value in HOSTILE:
            for peer in ((value, 4445), (HOST, value)):
                with pytest.raises(errors.UsageError):
                    await port.send_to(b"hello", peer)
        assert bench.commands()[before:] == []
        await port.send_to(b"hello", (bench.echo.host, bench.echo.port))
        await asyncio.sleep(10)
        assert bench.arrived == [b"hello"]

    play_tapped(scene, personality)


# Formats with `"%s"` outside the one place, and what they are filled with: never with text.
OWN_TEXT = {
    "registering.py": 1,  # F times 24
    "last_datagram.py": 1,  # hexadecimal
    "misheard.py": 1,  # no command: the message of an error, masked
    "nordic.py": 1,  # hexadecimal
    "nordic_dtls.py": 1,  # hexadecimal
    "nordic_slm.py": 1,  # hexadecimal
    "nordic_slm1_tcp.py": 1,  # hexadecimal
    "nordic_tcp.py": 1,  # hexadecimal
    "power_saving.py": 2,  # binary digits
    "radio.py": 3,  # names of radio access, binary digits, numbers
    "sequans_tls.py": 1,  # "certificate" or "privatekey"
    "simcom7080.py": 1,  # UDP or TCP
    "simcom7080_tls.py": 6,  # names of the driver's own files and settings
    "ublox_tls.py": 2,  # names that the driver gives to certificates
}


def test_one_place_puts_text_between_quotes():
    found = {}
    for path in sorted(Path(ROOT, "modem").rglob("*.py")):
        if path.name == "parameter.py":
            continue
        nodes = ast.walk(ast.parse(path.read_text()))
        texts = [node.value for node in nodes if isinstance(node, ast.Constant)]
        count = sum(isinstance(text, str) and '"%s"' in text for text in texts)
        if count:
            found[path.name] = count
    assert found == OWN_TEXT
