"""TCP of each family against a transcript by hand: open, send, read, the peer's close, close.

The bytes come from the makers' manuals and sources; nothing of the driver's grammar makes them.
Each runs whole, byte by byte, and cut at random places.
"""

import asyncio
import random

import nce_modem
from nce_modem import Modem
from nce_modem.families.nordic_slm import FIRST_SLM, SLM
from scripted_line import ScriptedLine

OK = "\r\nOK\r\n"
ERROR = "\r\nERROR\r\n"
ASKED = b"GET / HTTP/1.0\r\n\r\n"
# Holds what a reader of lines would take for an answer, an event or a prompt.
PAGE = b"HTTP/1.0 200 OK\r\n\r\nOK\r\n\r\nERROR\r\n0, CLOSED\r\nRDY\r\n"
PAGE += b'+QIURC: "closed",0\r\n> @,"5"\r\n'
TEXT = PAGE.decode()
SIZE = len(PAGE)
ASKED_HEX = "474554202F20485454502F312E300D0A0D0A"
PAGE_HEX = PAGE.hex().upper()

EMPTY_QUECTEL = ("AT+QIRD=0,1500", "\r\n+QIRD: 0\r\n" + OK)
EMPTY_7000 = ("AT+CIPRXGET=4,0", "\r\n+CIPRXGET: 4,0,0\r\n" + OK)
EMPTY_A76XX = ("AT+CIPRXGET=4,0", "\r\n+CIPRXGET: 4,0,0\r\n" + OK)
EMPTY_7080 = ("AT+CARECV=0,1459", "\r\n+CARECV: 0\r\n" + OK)
EMPTY_UBLOX = ("AT+USORD=2,1024", '\r\n+USORD: 2,""\r\n' + OK)
EMPTY_SEQUANS = ("AT+SQNSI=1", "\r\n+SQNSI: 1,18,0,0,0\r\n" + OK)
SELECT = ("AT#XSOCKETSELECT=0", "\r\n#XSOCKETSELECT: 0\r\n" + OK)
NOTHING_YET = "\r\n#XSOCKET: -11\r\n" + ERROR


def with_event(step, event):
    """A step whose answer an unsolicited result follows."""
    return step[0], step[1] + event


# Family; transcript of one HTTP exchange that the peer ends.
CASES = (
    # Quectel BG95&BG77&BG600L TCP/IP application note, 2.3: QIOPEN, QISEND, QIRD, QICLOSE in
    # buffer mode; a connection that the peer closed wants QICLOSE still.
    ("BG95", [
        ('AT+QIOPEN=1,0,"TCP","example.com",80,0,0', OK + "\r\n+QIOPEN: 0,0\r\n"),
        ("AT+QISEND=0,18", "\r\n> "),
        (ASKED, "\r\nSEND OK\r\n"),
        with_event(EMPTY_QUECTEL, '\r\n+QIURC: "recv",0\r\n'),
        ("AT+QIRD=0,1500", "\r\n+QIRD: %d\r\n%s\r\n" % (SIZE, TEXT) + OK),
        with_event(EMPTY_QUECTEL, '\r\n+QIURC: "closed",0\r\n'),
        EMPTY_QUECTEL,
        ("AT+QICLOSE=0", OK),
    ]),
    # SIM7000 TCPIP application note V1.02: quick sending, CIPRXGET by hand; after CLOSED the id
    # is free.
    ("SIM7000", [
        ("AT+CIPQSEND=1", OK),
        ('AT+CIPSTART=0,"TCP","example.com",80', OK + "\r\n0, CONNECT OK\r\n"),
        ("AT+CIPSEND=0,18", "\r\n> "),
        (ASKED, "\r\nDATA ACCEPT:0,18\r\n"),
        with_event(EMPTY_7000, "\r\n+CIPRXGET: 1,0\r\n"),
        ("AT+CIPRXGET=4,0", "\r\n+CIPRXGET: 4,0,%d\r\n" % SIZE + OK),
        ("AT+CIPRXGET=2,0,%d" % SIZE, "\r\n+CIPRXGET: 2,0,%d,0\r\n%s" % (SIZE, TEXT) + OK),
        with_event(EMPTY_7000, "\r\n0, CLOSED\r\n"),
        EMPTY_7000,
    ]),
    # A7600 Series TCPIP application note V1.00, 3.2.2: what is under way is counted before a send;
    # what a read left needs no question. After +IPCLOSE the number is free.
    ("A76XX", [
        ('AT+CIPOPEN=0,"TCP","example.com",80', OK + "\r\n+CIPOPEN: 0,0\r\n"),
        ("AT+CIPACK=0", "\r\n+CIPACK: 4086,0,0\r\n" + OK),
        ("AT+CIPSEND=0,10", "\r\n>"),
        (ASKED[:10], OK + "\r\n+CIPSEND: 0,10,10\r\n"),
        EMPTY_A76XX,
        ("AT+CIPACK=0", "\r\n+CIPACK: 4096,0,0\r\n" + OK),
        ("AT+CIPACK=0", "\r\n+CIPACK: 4096,4096,0\r\n" + OK),
        ("AT+CIPSEND=0,8", "\r\n>"),
        (ASKED[10:], OK + "\r\n+CIPSEND: 0,8,8\r\n\r\n+CIPRXGET: 1,0\r\n"),
        ("AT+CIPRXGET=4,0", "\r\n+CIPRXGET: 4,0,9\r\n" + OK),
        ("AT+CIPRXGET=2,0,9", "\r\n+CIPRXGET: 2,0,9,%d\r\n%s\r\n" % (SIZE - 9, TEXT[:9]) + OK),
        ("AT+CIPRXGET=2,0,%d" % (SIZE - 9),
         "\r\n+CIPRXGET: 2,0,%d,0\r\n%s\r\n" % (SIZE - 9, TEXT[9:]) + OK),
        with_event(EMPTY_A76XX, "\r\n+IPCLOSE: 0,1\r\n"),
        EMPTY_A76XX,
    ]),
    # SIM7070_SIM7080_SIM7090 TCP/UDP(S) application note V1.03: the room first, it may be less
    # than is to be sent, and none; a dead id stays until CACLOSE.
    ("SIM7080", [
        ("AT+CACID=0", OK),
        ('AT+CAOPEN=0,0,"TCP","example.com",80', "\r\n+CAOPEN: 0,0\r\n" + OK),
        ("AT+CASEND=0", "\r\n+CASEND: 10\r\n" + OK),
        ("AT+CASEND=0,10", "\r\n>"),
        (ASKED[:10], OK),
        EMPTY_7080,
        ("AT+CASEND=0", "\r\n+CASEND: 0\r\n" + OK),
        ("AT+CASEND=0", "\r\n+CASEND: 1459\r\n" + OK),
        ("AT+CASEND=0,8", "\r\n>"),
        (ASKED[10:], OK + "\r\n+CADATAIND: 0\r\n"),
        ("AT+CARECV=0,1459", "\r\n+CARECV: %d,%s\r\n" % (SIZE, TEXT) + OK),
        with_event(EMPTY_7080, "\r\n+CASTATE: 0,0\r\n"),
        EMPTY_7080,
        ("AT+CACLOSE=0", OK),
    ]),
    # Firmware that answers as the manual prints it.
    ("SIM7080_TELLING_ID", [
        ("AT+CACID=0", OK),
        ('AT+CAOPEN=0,0,"TCP","example.com",80', OK + "\r\n+CAOPEN: 0,0\r\n"),
        ("AT+CASEND=0", "\r\n+CASEND: 1459\r\n" + OK),
        ("AT+CASEND=0,18", "\r\n> "),
        (ASKED, OK),
        ("AT+CARECV=0,1459", "\r\n+CARECV: 0,0\r\n" + OK + "\r\n+CADATAIND: 0\r\n"),
        ("AT+CARECV=0,1459", "\r\n+CARECV: 0,%d,%s\r\n" % (SIZE, TEXT) + OK),
        ("AT+CARECV=0,1459", "\r\n+CARECV: 0,0\r\n" + OK + "\r\n+CASTATE: 0,0\r\n"),
        ("AT+CARECV=0,1459", "\r\n+CARECV: 0,0\r\n" + OK),
        ("AT+CACLOSE=0", ERROR),
    ]),
    # SARA-R4 AT commands manual, USOWR: the count that it took; after UUSOCL the id is free, and
    # a read is refused.
    ("SARA_R410", [
        ("AT+USOCR=6", "\r\n+USOCR: 2\r\n" + OK),
        ('AT+USOCO=2,"example.com",80', OK),
        ("AT+USOWR=2,18", "\r\n@"),
        (ASKED, "\r\n+USOWR: 2,10\r\n" + OK),
        EMPTY_UBLOX,
        ("AT+USOWR=2,8", "\r\n@"),
        (ASKED[10:], OK + "\r\n+UUSORD: 2,%d\r\n" % SIZE),
        ("AT+USORD=2,1024", '\r\n+USORD: 2,%d,"%s"\r\n' % (SIZE, TEXT) + OK),
        with_event(EMPTY_UBLOX, "\r\n+UUSOCL: 2\r\n"),
        ("AT+USORD=2,1024", "\r\n+CME ERROR: 3\r\n"),
        ("AT+USOER", "\r\n+USOER: 65\r\n" + OK),
    ]),
    # Sequans Monarch AT commands reference: protocol 0 in command mode, no limit of inactivity.
    ("GM02S", [
        ("AT+SQNSCFG=1,1,300,0,600,50", OK),
        ("AT+SQNSCFGEXT=1,1,0,0,0,0", OK),
        ('AT+SQNSD=1,0,80,"example.com",0,0,1', OK),
        ("AT+SQNSSENDEXT=1,18", "\r\n> "),
        (ASKED, OK),
        with_event(EMPTY_SEQUANS, "\r\n+SQNSRING: 1,%d\r\n" % SIZE),
        ("AT+SQNSI=1", "\r\n+SQNSI: 1,18,%d,%d,0\r\n" % (SIZE, SIZE) + OK),
        ("AT+SQNSRECV=1,%d" % SIZE, "\r\n+SQNSRECV: 1,%d\r\n%s" % (SIZE, TEXT) + OK),
        with_event(EMPTY_SEQUANS, "\r\n+SQNSH: 1\r\n"),
        EMPTY_SEQUANS,
        ("AT+SQNSH=1", ERROR),
    ]),
    # Nordic Serial Modem: handles, hexadecimal; the peer's close is POLLIN and POLLHUP, then a
    # read that is answered by OK alone, again and again.
    ("NRF91", [
        ("AT#XSOCKET=1,1,0", "\r\n#XSOCKET: 0,1,6\r\n" + OK),
        ('AT#XCONNECT=0,"example.com",80', "\r\n#XCONNECT: 0,1\r\n" + OK),
        ("AT#XSOCKETOPT=0,1,21,20", OK),
        ("AT#XAPOLL=0,1,1", OK),
        ('AT#XSEND=0,1,0,"%s"' % ASKED_HEX, "\r\n#XSEND: 0,0,10\r\n" + OK),
        ("AT#XRECV=0,1,64,0", ERROR),
        ('AT#XSEND=0,1,0,"%s"' % ASKED_HEX[20:],
         "\r\n#XSEND: 0,0,8\r\n" + OK + "\r\n#XAPOLL: 0,1\r\n"),
        ("AT#XRECV=0,1,64,0", "\r\n#XRECV: 0,1,%d\r\n%s\r\n" % (SIZE, PAGE_HEX) + OK),
        ("AT#XRECV=0,1,64,0", ERROR + "\r\n#XAPOLL: 0,17\r\n"),
        ("AT#XRECV=0,1,64,0", OK),
        ("AT#XRECV=0,1,64,0", OK),
        ("AT#XCLOSE=0", "\r\n#XCLOSE: 0,0\r\n" + OK),
    ]),
    # Nordic SLM of NCS 2.x: the selected socket, data mode, no events.
    ("SLM", [
        ("AT#XSOCKET=1,1,0", "\r\n#XSOCKET: 0,1,6\r\n" + OK),
        ('AT#XCONNECT="example.com",80', "\r\n#XCONNECT: 1\r\n" + OK),
        SELECT,
        ("AT#XSEND", OK),
        (ASKED + b"+++", "\r\n#XDATAMODE: 0\r\n"),
        SELECT,
        ("AT#XRECV=0,64", NOTHING_YET),
        SELECT,
        ("AT#XRECV=0,64", "\r\n#XRECV: %d\r\n%s" % (SIZE, TEXT) + OK),
        SELECT,
        ("AT#XRECV=0,64", OK),
        ("AT#XRECV=0,64", OK),
        SELECT,
        ("AT#XSOCKET=0", '\r\n#XSOCKET: 0,"closed"\r\n' + OK),
    ]),
    # Nordic SLM of NCS 1.x: the data come before their header, of which the count is digits.
    ("FIRST_SLM", [
        ("AT#XSOCKET=1,1,0", "\r\n#XSOCKET: 1, 1, 0, 6\r\n" + OK),
        ('AT#XCONNECT="example.com",80', "\r\n#XCONNECT: 1\r\n" + OK),
        ("AT#XSOCKETOPT=1,20,1", OK),
        ('AT#XSEND=0,"%s"' % ASKED_HEX, "\r\n#XSEND: 18\r\n" + OK),
        ("AT#XRECV", NOTHING_YET),
        ("AT#XRECV", "\r\n%s\r\n#XRECV: 0, %d\r\n" % (PAGE_HEX, 2 * SIZE) + OK),
        ("AT#XRECV", "\r\n#XRECV: 1, 0\r\n" + OK),
        ("AT#XSOCKET=0", '\r\n#XSOCKET: 0,"closed"\r\n' + OK),
    ]),
)  # fmt: skip

FAMILIES = {"SLM": SLM, "FIRST_SLM": FIRST_SLM}


def family_of(name):
    family = FAMILIES.get(name) or getattr(nce_modem, name)
    # Those without events are asked more often than a test wants to wait.
    return family if family.profile.tells_arrivals else family.changed(poll_ms=20)


async def exchange(name, steps, sizes):
    line = ScriptedLine(steps, sizes)
    modem = Modem(line, family=family_of(name))
    await modem.link.open(line)
    reader, writer = await modem.open_connection("example.com", 80)
    assert writer.get_extra_info("peername") == ("example.com", 80)
    assert writer.get_extra_info("socket", "none") == "none"
    writer.write(ASKED)
    await writer.drain()
    page = await reader.read()
    assert page == PAGE, (name, sizes, page, line.wrong)
    assert reader.at_eof() and await reader.read(1) == b""
    writer.close()
    await writer.wait_closed()
    assert writer.is_closing()
    assert not modem.sockets, name
    await modem.close()
    line.check()


def test_each_family_speaks_as_its_manual_says():
    for name, steps in CASES:
        asyncio.run(asyncio.wait_for(exchange(name, steps, (4096,)), 20))


def test_byte_by_byte_it_is_the_same():
    for name, steps in CASES:
        asyncio.run(asyncio.wait_for(exchange(name, steps, (1,)), 20))


def test_cut_at_random_places_it_is_the_same():
    for seed in range(3):
        random.seed(seed)
        sizes = [random.randint(1, 30) for _ in range(97)]
        for name, steps in CASES:
            asyncio.run(asyncio.wait_for(exchange(name, steps, sizes), 20))


def test_every_family_has_its_transcript():
    told = [name for name, _ in CASES]
    for name in ("BG95", "SIM7000", "SIM7080", "A76XX", "SARA_R410", "GM02S", "NRF91"):
        assert name in told
        assert getattr(nce_modem, name).profile.stream
