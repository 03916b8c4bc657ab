"""TCP streams: back-pressure, ends told and untold, resets, cancelled reads, shared ids.

The script's answers are literal, from Quectel's TCP/IP application note where no other is named.
"""

import asyncio

import nce_modem.reading
import nce_modem.streams
from nce_modem import errors
from nce_modem.families.nordic_slm import FIRST_SLM, SLM
from scripted_line import ScriptedLine
from test_modem_session import QUICK, ScriptedModem, play, raised

reading = nce_modem.reading
streams = nce_modem.streams

OK = "\r\nOK\r\n"
ERROR = "\r\nERROR\r\n"
READ = "AT+QIRD=0,1500"
EMPTY = "\r\n+QIRD: 0\r\n" + OK
STATE = "AT+QISTATE=1,0"
PEER = ("198.51.100.7", 80)


def held(data):
    return "\r\n+QIRD: %d\r\n%s\r\n%s" % (len(data), data, OK)


def state(number, which=0):
    text = '\r\n+QISTATE: %d,"TCP","198.51.100.7",80,5000,%d,1,0,0,"uart1"\r\n'
    return text % (which, number) + OK


class Tcp(ScriptedModem):
    """A modem whose sockets are empty and connected unless a test says otherwise."""

    def __init__(self):
        super().__init__()
        for number in range(12):
            self.answers["AT+QIRD=%d,1500" % number] = EMPTY
            self.answers["AT+QISTATE=1,%d" % number] = state(2, number)


def on_tcp(scene, **options):
    async def on_open_line(modem, script):
        await modem.link.open(script)
        await scene(modem, script)

    play(on_open_line, Tcp(), **options)


async def until(condition):
    for _ in range(500):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came about")


def test_a_full_buffer_makes_drain_wait_and_nothing_is_lost_or_sent_twice():
    async def scene(modem, script):
        reader, writer = await modem.open_connection(*PEER)
        script.send_result = "\r\nSEND FAIL\r\n"
        writer.writelines((b"one ", b"two"))
        draining = asyncio.create_task(writer.drain())
        await until(lambda: script.count("AT+QISEND=0,7") >= 2)
        assert not draining.done()
        # Reading goes on meanwhile: the peer may wait for that.
        script.answers[READ] = [held("read me"), EMPTY]
        script.say('\r\n+QIURC: "recv",0\r\n')
        assert await reader.readexactly(7) == b"read me"
        script.datagrams.clear()
        script.send_result = "\r\nSEND OK\r\n"
        await asyncio.wait_for(draining, 10)
        assert script.datagrams == [b"one two"]

    on_tcp(scene)


def test_long_data_is_cut_to_what_the_modem_takes_at_once():
    async def scene(modem, script):
        _, writer = await modem.open_connection(*PEER)
        data = bytes(range(256)) * 16
        writer.write(data)
        await writer.drain()
        assert b"".join(script.datagrams) == data
        assert [len(part) for part in script.datagrams] == [1460, 1460, 1176]

    on_tcp(scene)


def test_a_family_without_streams_says_so_and_sends_nothing():
    async def scene(modem, line):
        await raised(errors.UsageError, modem.open_connection(*PEER))
        assert not modem.sockets

    on_line(scene, nce_modem.BG95, [], stream="")


def test_a_peer_that_takes_nothing_ends_in_an_error():
    kept, streams.STALL_MS = streams.STALL_MS, 150

    async def scene(modem, script):
        _, writer = await modem.open_connection(*PEER)
        script.send_result = "\r\nSEND FAIL\r\n"
        writer.write(b"x")
        await raised(errors.SendFailed, writer.drain())
        await raised(errors.SendFailed, writer.wait_closed())
        assert script.count("AT+QICLOSE=0") == 1 and not modem.sockets

    try:
        on_tcp(scene)
    finally:
        streams.STALL_MS = kept


def test_lost_events_are_found_by_asking():
    async def scene(modem, script):
        reader, _ = await modem.open_connection(*PEER)
        script.answers[READ] = [EMPTY, held("late"), EMPTY]
        assert await reader.read(100) == b"late"
        # The close as well; its last bytes came after the read that found nothing.
        script.answers[STATE] = [state(2), state(4)]
        script.answers[READ] = [EMPTY, EMPTY, held("last"), EMPTY]
        assert await reader.read() == b"last"
        assert reader.at_eof()

    on_tcp(scene)


def test_the_end_comes_after_the_last_byte():
    async def scene(modem, script):
        reader, writer = await modem.open_connection(*PEER)
        await until(lambda: script.count(READ) == 1)
        script.answers[READ] = [held("a" * 1500), held("b"), EMPTY]
        script.say('\r\n+QIURC: "recv",0\r\n\r\n+QIURC: "closed",0\r\n')
        assert await reader.read() == b"a" * 1500 + b"b"
        assert await reader.read() == b""
        # It still has to be closed (Quectel), once.
        assert script.count("AT+QICLOSE=0") == 0
        writer.close()
        writer.close()
        await writer.wait_closed()
        assert script.count("AT+QICLOSE=0") == 1

    on_tcp(scene)


def test_what_the_peer_sent_before_it_closed_is_read_though_sending_is_refused():
    async def scene(modem, script):
        reader, writer = await modem.open_connection(*PEER)
        await until(lambda: script.count(READ) == 1)
        script.answers["AT+QISEND=0,3"] = ERROR
        script.answers[READ] = [held("413 too large"), EMPTY]
        script.say('\r\n+QIURC: "closed",0\r\n')
        writer.write(b"abc")
        await raised(errors.SocketDead, writer.drain())
        await raised(errors.SocketDead, writer.drain())
        assert await reader.read() == b"413 too large"
        writer.close()
        await raised(errors.SocketDead, writer.wait_closed())

    on_tcp(scene)


def test_a_restart_and_a_lost_bearer_are_errors_after_what_came_before():
    for event, kind in (
        ("\r\nRDY\r\n", errors.ModemReset),
        ('\r\n+QIURC: "pdpdeact",1\r\n', errors.PdpLost),
    ):

        async def scene(modem, script, event=event, kind=kind):
            reader, writer = await modem.open_connection(*PEER)
            await until(lambda: script.count(READ) == 1)
            script.answers[READ] = [held("before"), EMPTY]
            script.say('\r\n+QIURC: "recv",0\r\n')
            await until(lambda: script.count(READ) == 3)
            script.say(event)
            await until(writer.is_closing)
            assert await reader.read(100) == b"before"
            await raised(kind, reader.read(100))
            await raised(kind, reader.read())
            await raised(kind, writer.drain())
            try:
                writer.write(b"x")
                raise AssertionError("written to a dead stream")
            except kind:
                pass
            await writer.wait_closed()  # nothing was unsent
            assert script.count("AT+QICLOSE") == 0 and not modem.sockets

        on_tcp(scene)


def test_a_line_that_breaks_ends_the_wait():
    async def scene(modem, script):
        reader, _ = await modem.open_connection(*PEER)
        reading = asyncio.create_task(raised(errors.LineClosed, reader.read(1)))
        await asyncio.sleep(0.03)
        script.vanish()
        await asyncio.wait_for(reading, 5)

    on_tcp(scene)


def test_a_cancelled_read_loses_no_byte():
    async def scene(modem, script):
        reader, _ = await modem.open_connection(*PEER)
        await until(lambda: script.count(READ) == 1)
        # The answer stops half-way, and the reader gives up.
        script.answers[READ] = ["\r\n+QIRD: 6\r\nabc", EMPTY]
        script.say('\r\n+QIURC: "recv",0\r\n')
        for reading in (reader.read(100), reader.readexactly(6), reader.readline()):
            try:
                await asyncio.wait_for(reading, 0.05)
                raise AssertionError("it read what had not come")
            except asyncio.TimeoutError:
                pass
        script.say("def\r\n" + OK)
        assert await asyncio.wait_for(reader.readexactly(6), 5) == b"abcdef"

    on_tcp(scene)


def test_bytes_that_the_line_lost_are_an_error_and_never_an_end():
    for answer in (
        "\r\n+QIRD: x3\r\nabc\r\n" + OK,
        "\r\n+QXRD: 3\r\nabc\r\n" + OK,  # no header
        OK,
    ):

        async def scene(modem, script, answer=answer):
            reader, _ = await modem.open_connection(*PEER)
            await until(lambda: script.count(READ) == 1)
            script.answers[READ] = [answer, EMPTY]
            script.say('\r\n+QIURC: "recv",0\r\n\r\n+QIURC: "closed",0\r\n')
            await raised(errors.SocketDead, reader.read())

        on_tcp(scene)


def test_an_answer_that_stops_short_is_an_error():
    family = QUICK.changed(timeouts={"+QIRD": 100})

    async def scene(modem, script):
        reader, _ = await modem.open_connection(*PEER)
        await until(lambda: script.count(READ) == 1)
        script.answers[READ] = ["\r\n+QIRD: 60\r\nabc\r\n" + OK, EMPTY]
        script.say('\r\n+QIURC: "recv",0\r\n\r\n+QIURC: "closed",0\r\n')
        await raised(errors.CommandTimeout, reader.read())

    on_tcp(scene, family=family)


def test_a_close_with_bytes_that_can_not_be_read_is_an_error():
    async def scene(modem, script):
        reader, _ = await modem.open_connection(*PEER)
        await until(lambda: script.count(READ) == 1)
        script.answers[READ] = ERROR
        script.say('\r\n+QIURC: "recv",0\r\n\r\n+QIURC: "closed",0\r\n')
        await raised(errors.SocketDead, reader.read())

    on_tcp(scene)


def test_a_connection_that_the_modem_forgot_is_an_error():
    async def scene(modem, script):
        reader, _ = await modem.open_connection(*PEER)
        script.answers[STATE] = OK
        await raised(errors.SocketDead, reader.read(1))

    on_tcp(scene)


def test_streams_and_datagrams_share_the_ids():
    async def scene(modem, script):
        port = await modem.open_datagram("10.60.2.239", 4445)
        first, _ = await modem.open_connection(*PEER)
        second, writer = await modem.open_connection("198.51.100.8", 80)
        ids = [port.socket_id, first.socket_id, second.socket_id]
        assert ids == [0, 1, 2] and len(modem.sockets) == 3
        script.answers["AT+QIRD=2,1500"] = [held("two"), EMPTY]
        script.answers["AT+QIRD=1,1500"] = [held("one"), EMPTY]
        script.say('\r\n+QIURC: "recv",1\r\n\r\n+QIURC: "recv",2\r\n')
        assert await first.readexactly(3) == b"one"
        assert await second.readexactly(3) == b"two"
        await port.send(b"hello")
        writer.write(b"hi")
        await writer.drain()
        assert script.datagrams == [b"hello", b"hi"]
        for number in range(3, 12):
            assert (await modem.open_connection(*PEER))[0].socket_id == number
        await raised(errors.OpenFailed, modem.open_connection(*PEER))
        await port.close()
        assert (await modem.open_connection(*PEER))[0].socket_id == 0

    on_tcp(scene)


def test_closing_sends_what_was_written_before():
    async def scene(modem, script):
        reader, writer = await modem.open_connection(*PEER)
        writer.write(b"bye")
        writer.close()
        assert writer.is_closing()
        await writer.wait_closed()
        assert script.datagrams == [b"bye"] and not modem.sockets
        await raised(errors.UsageError, reader.read(1))
        try:
            writer.write(b"x")
            raise AssertionError("written after close")
        except errors.UsageError:
            pass

    on_tcp(scene)


def test_closing_ends_though_nothing_can_be_sent_and_says_so():
    kept, streams.FLUSH_MS = streams.FLUSH_MS, 150

    async def scene(modem, script):
        _, writer = await modem.open_connection(*PEER)
        script.send_result = "\r\nSEND FAIL\r\n"
        writer.write(b"bye")
        writer.close()
        error = await raised(errors.SendFailed, asyncio.wait_for(writer.wait_closed(), 5))
        assert "3 bytes unsent" in str(error)
        assert not modem.sockets

    try:
        on_tcp(scene)
    finally:
        streams.FLUSH_MS = kept


def test_there_is_no_half_close():
    async def scene(modem, script):
        _, writer = await modem.open_connection(*PEER)
        assert writer.can_write_eof() is False
        try:
            writer.write_eof()
            raise AssertionError("half closed")
        except errors.UsageError:
            pass

    on_tcp(scene)


def test_lines_and_exact_counts_as_asyncio_has_them():
    kept, reading.LINE_LIMIT = reading.LINE_LIMIT, 20

    async def scene(modem, script):
        reader, _ = await modem.open_connection(*PEER)
        await until(lambda: script.count(READ) == 1)
        script.answers[READ] = [
            held("one\r"), held("\ntwo\nthree||four"), held("x" * 30), held("\nend"), EMPTY,
        ]  # fmt: skip
        script.say('\r\n+QIURC: "recv",0\r\n\r\n+QIURC: "closed",0\r\n')
        assert await reader.readline() == b"one\r\n"
        assert await reader.readuntil(b"\n") == b"two\n"
        assert await reader.readuntil(b"||") == b"three||"
        assert await reader.read(0) == b""
        try:
            await reader.readline()
            raise AssertionError("a line without end")
        except ValueError:
            pass
        assert await reader.readexactly(34) == b"four" + b"x" * 30
        assert await reader.readline() == b"\n"
        try:
            await reader.readexactly(4)
            raise AssertionError("more than there was")
        except EOFError as error:
            assert getattr(error, "partial", b"end") == b"end"
        assert await reader.readline() == b""
        try:
            await reader.readuntil(b"x")
            raise AssertionError("found after the end")
        except EOFError:
            pass

    try:
        on_tcp(scene)
    finally:
        reading.LINE_LIMIT = kept


def test_a_reader_that_does_not_come_holds_up_the_peer():
    async def scene(modem, script):
        reader, _ = await modem.open_connection(*PEER)
        script.answers[READ] = held("z" * 1500)
        await asyncio.sleep(0.5)
        count = script.count(READ)
        assert count <= 1 + streams.READ_AHEAD // 1500 + 1
        await asyncio.sleep(0.2)
        assert script.count(READ) == count
        # One that wants more than is kept gets it.
        assert await reader.readexactly(20_000) == b"z" * 20_000

    on_tcp(scene)


def test_a_refused_connection_gives_the_code_and_frees_the_id():
    async def scene(modem, script):
        text = 'AT+QIOPEN=1,0,"TCP","198.51.100.7",80,0,0'
        script.answers[text] = OK + "\r\n+QIOPEN: 0,566\r\n"
        error = await raised(errors.OpenFailed, modem.open_connection(*PEER))
        assert error.code == 566 and not modem.sockets
        assert script.count(text) == 1 and script.count("AT+QICLOSE=0") == 1
        for host, port in (("a b", 80), ("example.com", 0), ('x"', 1), ("example.com", "80")):
            await raised(errors.UsageError, modem.open_connection(host, port))

    on_tcp(scene)


def test_a_family_without_tcp_says_so():
    async def scene(modem, script):
        await raised(errors.UsageError, modem.open_connection(*PEER))

    on_tcp(scene, family=QUICK.changed(stream=""))


def on_line(scene, family, steps, **values):
    """Run `scene(modem, line)` against a transcript."""

    async def within():
        line = ScriptedLine(steps)
        modem = nce_modem.Modem(line, family=family.changed(**values))
        await modem.link.open(line)
        try:
            await asyncio.wait_for(scene(modem, line), 20)
        finally:
            await modem.close()
            line.check()

    asyncio.run(within())


OPEN_NORDIC = [
    ("AT#XSOCKET=1,1,0", "\r\n#XSOCKET: 0,1,6\r\n" + OK),
    ('AT#XCONNECT=0,"198.51.100.7",80', "\r\n#XCONNECT: 0,1\r\n" + OK),
    ("AT#XSOCKETOPT=0,1,21,20", OK),
    ("AT#XAPOLL=0,1,1", OK),
    ("AT#XRECV=0,1,64,0", ERROR),
]


def test_nordic_tells_a_reset_from_an_end():
    # POLLERR and POLLHUP without POLLIN.
    async def scene(modem, line):
        reader, _ = await modem.open_connection(*PEER)
        reading = asyncio.create_task(raised(errors.SocketDead, reader.read(1)))
        await asyncio.sleep(0.2)
        line.say("\r\n#XAPOLL: 0,24\r\n")
        await reading
        await until(lambda: not modem.sockets)

    read = ("AT#XRECV=0,1,64,0", ERROR)
    close = ("AT#XCLOSE=0", "\r\n#XCLOSE: 0,0\r\n" + OK)
    on_line(scene, nce_modem.NRF91, OPEN_NORDIC + [read, close])

    # A lost event: asked again, it tells again.
    async def patient(modem, line):
        reader, _ = await modem.open_connection(*PEER)
        await raised(errors.SocketDead, reader.read(1))
        await until(lambda: not modem.sockets)

    again = ("AT#XAPOLL=0,1,1", OK + "\r\n#XAPOLL: 0,24\r\n")
    steps = OPEN_NORDIC + [read, again, read, close]
    on_line(patient, nce_modem.NRF91, steps, poll_ms=50)


def test_slm_tells_a_reset_from_nothing_yet():
    select = ("AT#XSOCKETSELECT=0", "\r\n#XSOCKETSELECT: 0\r\n" + OK)
    steps = [
        ("AT#XSOCKET=1,1,0", "\r\n#XSOCKET: 0,1,6\r\n" + OK),
        ('AT#XCONNECT="198.51.100.7",80', "\r\n#XCONNECT: 1\r\n" + OK),
        select,
        ("AT#XRECV=0,64", "\r\n#XSOCKET: -11\r\n" + ERROR),
        select,
        ("AT#XRECV=0,64", '\r\n#XSOCKET: -104,"closed"\r\n' + ERROR),
        select,
        ("AT#XSOCKET=0", ERROR),
    ]

    async def scene(modem, line):
        reader, _ = await modem.open_connection(*PEER)
        await raised(errors.SocketDead, reader.read())
        await until(lambda: not modem.sockets)

    on_line(scene, SLM, steps, poll_ms=20)
    # Firmware whose read is ERROR for both: polling tells.
    nothing = [select, ("AT#XRECV=0,64", ERROR)]
    polled = ("AT#XPOLL=0,0", '\r\n#XPOLL: 0,"0x0018"\r\n' + OK)
    steps = (
        steps[:2] + nothing + nothing + [("AT#XPOLL=0,0", OK)] + nothing + [polled] + nothing
    ) + steps[-2:]
    on_line(scene, SLM, steps, poll_ms=20)
    steps = [
        ("AT#XSOCKET=1,1,0", "\r\n#XSOCKET: 1, 1, 0, 6\r\n" + OK),
        ('AT#XCONNECT="198.51.100.7",80', "\r\n#XCONNECT: 1\r\n" + OK),
        ("AT#XSOCKETOPT=1,20,1", OK),
        ("AT#XRECV", "\r\nAB01\r\n#XRECV: 0, 6\r\n" + OK),  # two digits were lost
        ("AT#XSOCKET=0", OK),
    ]
    on_line(scene, FIRST_SLM, steps, poll_ms=20)
    reset = [
        ("AT#XRECV", "\r\n#XSOCKET: -11\r\n" + ERROR),
        ("AT#XRECV", "\r\n#XSOCKET: -104\r\n" + ERROR),
    ]
    on_line(scene, FIRST_SLM, steps[:3] + reset + steps[-1:], poll_ms=20)


def test_slm_sends_every_byte_though_three_plus_signs_end_its_data_mode():
    select = ("AT#XSOCKETSELECT=0", "\r\n#XSOCKETSELECT: 0\r\n" + OK)
    done = "\r\n#XDATAMODE: 0\r\n"
    steps = [
        ("AT#XSOCKET=1,1,0", "\r\n#XSOCKET: 0,1,6\r\n" + OK),
        ('AT#XCONNECT="198.51.100.7",80', "\r\n#XCONNECT: 1\r\n" + OK),
        select, ("AT#XSEND", OK), (b"\x00a++b" + b"+++", done),
        select, ("AT#XRECV=0,64", "\r\n#XSOCKET: -11\r\n" + ERROR),
        select, ('AT#XSEND="++++"', "\r\n#XSEND: 4\r\n" + OK),
        select, ("AT#XSEND", OK), (b"\xff" + b"+++", done),
        select, ('AT#XSEND="+"', "\r\n#XSEND: 1\r\n" + OK),
        select, ("AT#XSOCKET=0", OK),
    ]  # fmt: skip

    async def scene(modem, line):
        _, writer = await modem.open_connection(*PEER)
        writer.write(b"\x00a++b++++\xff+")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    on_line(scene, SLM, steps, poll_ms=60_000)


def test_slm_that_leaves_data_mode_by_itself_ends_the_stream():
    select = ("AT#XSOCKETSELECT=0", OK)
    steps = [
        ("AT#XSOCKET=1,1,0", "\r\n#XSOCKET: 0,1,6\r\n" + OK),
        ('AT#XCONNECT="198.51.100.7",80', "\r\n#XCONNECT: 1\r\n" + OK),
        select, ("AT#XSEND", OK), (b"abc+++", "\r\n#XDATAMODE: -1\r\n"),
        select, ("AT#XRECV=0,64", '\r\n#XSOCKET: -104,"closed"\r\n' + ERROR),
        select, ("AT#XSOCKET=0", ERROR),
    ]  # fmt: skip

    async def scene(modem, line):
        reader, writer = await modem.open_connection(*PEER)
        writer.write(b"abc")
        await raised(errors.SocketDead, writer.drain())
        await raised(errors.SocketDead, reader.read())
        await until(lambda: not modem.sockets)

    on_line(scene, SLM, steps, poll_ms=20)


def test_an_id_that_ublox_gave_away_is_not_closed():
    empty = ("AT+USORD=0,1024", '\r\n+USORD: 0,""\r\n' + OK)
    steps = [
        ("AT+USOCR=6", "\r\n+USOCR: 0\r\n" + OK),
        ('AT+USOCO=0,"198.51.100.7",80', OK),
        empty,
        empty,
        ("AT+USOCR=17", "\r\n+USOCR: 0\r\n" + OK),
    ]

    async def scene(modem, line):
        reader, writer = await modem.open_connection(*PEER)
        await asyncio.sleep(0.4)
        line.say("\r\n+UUSOCL: 0\r\n")
        assert await reader.read() == b""
        port = await modem.open_datagram("198.51.100.9", 7)
        writer.close()
        await writer.wait_closed()
        assert modem.sockets == {0: port}

    on_line(scene, nce_modem.SARA_R410, steps)


def test_ublox_tells_a_reset_from_an_end_by_the_error_of_the_refused_read():
    def steps(number):
        return [
            ("AT+USOCR=6", "\r\n+USOCR: 0\r\n" + OK),
            ('AT+USOCO=0,"198.51.100.7",80', OK),
            ("AT+USORD=0,1024", '\r\n+USORD: 0,""\r\n' + OK + "\r\n+UUSOCL: 0\r\n"),
            ("AT+USORD=0,1024", "\r\n+CME ERROR: 3\r\n"),
            ("AT+USOER", "\r\n+USOER: %d\r\n" % number + OK),
        ]

    async def was_reset(modem, line):
        reader, _ = await modem.open_connection(*PEER)
        await raised(errors.SocketDead, reader.read())

    on_line(was_reset, nce_modem.SARA_R410, steps(104))

    async def ended(modem, line):
        reader, _ = await modem.open_connection(*PEER)
        assert await reader.read() == b""

    on_line(ended, nce_modem.SARA_R410, steps(9))


def test_nothing_of_an_id_that_ublox_gave_away_is_read_sent_or_closed():
    kilobyte = "z" * 1024
    full = ("AT+USORD=0,1024", '\r\n+USORD: 0,1024,"%s"\r\n' % kilobyte + OK)
    steps = [
        ("AT+USOCR=6", "\r\n+USOCR: 0\r\n" + OK),
        ('AT+USOCO=0,"198.51.100.7",80', OK),
        full, full, full, full,
        ("AT+USOCR=17", "\r\n+USOCR: 0\r\n" + OK),
    ]  # fmt: skip

    async def scene(modem, line):
        reader, writer = await modem.open_connection(*PEER)
        await until(lambda: not line.steps[1:])  # as much as it reads ahead
        line.say("\r\n+UUSOCL: 0\r\n")
        await until(lambda: reader.is_told)
        writer.write(b"too late")
        await raised(errors.SocketDead, writer.drain())
        port = await modem.open_datagram("198.51.100.9", 7)
        assert await reader.readexactly(4096) == b"z" * 4096
        await raised(errors.SocketDead, reader.read(1))
        writer.close()
        await raised(errors.SocketDead, writer.wait_closed())
        assert modem.sockets == {0: port}

    on_line(scene, nce_modem.SARA_R410, steps)


# Family; what opens a stream; a read that finds nothing; the look at the state of the connection:
# answers while it lives, of which one is broken; the answer after the peer's close; what closes.
LOOKS = (
    ("SARA_R410",
     [("AT+USOCR=6", "\r\n+USOCR: 0\r\n" + OK), ('AT+USOCO=0,"198.51.100.7",80', OK)],
     ("AT+USORD=0,1024", '\r\n+USORD: 0,""\r\n' + OK),
     "AT+USOCTL=0,10", ("\r\n+USOCTL: 0,10,4\r\n" + OK, OK),
     "\r\n+USOCTL: 0,10,7\r\n" + OK,
     ("AT+USOCL=0", OK)),
    ("SIM7000",
     [("AT+CIPQSEND=1", OK),
      ('AT+CIPSTART=0,"TCP","198.51.100.7",80', OK + "\r\n0, CONNECT OK\r\n")],
     ("AT+CIPRXGET=4,0", "\r\n+CIPRXGET: 4,0,0\r\n" + OK),
     "AT+CIPSTATUS=0", ('\r\n+CIPSTATUS: 0,0,"TCP","198.51.100.7","80","CONNECTED"\r\n' + OK,),
     '\r\n+CIPSTATUS: 0,0,"TCP","198.51.100.7","80","CLOSED"\r\n' + OK,
     ("AT+CIPCLOSE=0", ERROR)),
    ("SIM7080",
     [("AT+CACID=0", OK),
      ('AT+CAOPEN=0,0,"TCP","198.51.100.7",80', "\r\n+CAOPEN: 0,0\r\n" + OK)],
     ("AT+CARECV=0,1459", "\r\n+CARECV: 0\r\n" + OK),
     "AT+CASTATE?",
     ("\r\n+CASTATE: 0,1\r\n\r\n+CASTATE: 1,0\r\n" + OK, "\r\n+CASTATE: 0\r\n" + OK),
     "\r\n+CASTATE: 0,0\r\n" + OK, ("AT+CACLOSE=0", OK)),
    ("GM02S",
     [("AT+SQNSCFG=1,1,300,0,600,50", OK), ("AT+SQNSCFGEXT=1,1,0,0,0,0", OK),
      ('AT+SQNSD=1,0,80,"198.51.100.7",0,0,1', OK)],
     ("AT+SQNSI=1", "\r\n+SQNSI: 1,18,0,0,0\r\n" + OK),
     "AT+SQNSS?", ("\r\n+SQNSS: 1,1\r\n\r\n+SQNSS: 2,0\r\n" + OK,),
     "\r\n+SQNSS: 1,0\r\n" + OK,
     ("AT+SQNSH=1", ERROR)),
)  # fmt: skip


def test_a_close_whose_event_was_lost_is_seen_by_looking():
    for name, opening, empty, look, alive, closed, closing in LOOKS:
        steps = opening + [empty]
        for answer in alive:
            steps = steps + [empty, (look, answer)]
        steps = steps + [empty, (look, closed), empty, closing]

        async def scene(modem, line):
            reader, writer = await modem.open_connection(*PEER)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()

        on_line(scene, getattr(nce_modem, name), steps, poll_ms=20)


def test_ublox_has_a_full_buffer_when_its_error_is_eagain():
    empty = ("AT+USORD=0,1024", '\r\n+USORD: 0,""\r\n' + OK)
    steps = [
        ("AT+USOCR=6", "\r\n+USOCR: 0\r\n" + OK),
        ('AT+USOCO=0,"198.51.100.7",80', OK),
        ("AT+USOWR=0,2", "\r\n@"),
        (b"hi", "\r\n+CME ERROR: 3\r\n"),
        ("AT+USOER", "\r\n+USOER: 11\r\n" + OK),
        empty,
        ("AT+USOWR=0,2", "\r\n@"),
        (b"hi", "\r\n+USOWR: 0,2\r\n" + OK),
    ]

    async def scene(modem, line):
        _, writer = await modem.open_connection(*PEER)
        writer.write(b"hi")
        await writer.drain()

    on_line(scene, nce_modem.SARA_R410, steps)


def test_datagrams_of_sim7000_pass_while_tcp_has_quick_sending_on():
    steps = [
        ("AT+CIPQSEND=1", OK),
        ('AT+CIPSTART=0,"TCP","198.51.100.7",80', OK + "\r\n0, CONNECT OK\r\n"),
        ("AT+CIPRXGET=4,0", "\r\n+CIPRXGET: 4,0,0\r\n" + OK),
        ('AT+CIPSTART=1,"UDP","198.51.100.9",7', OK + "\r\n1, CONNECT OK\r\n"),
        ("AT+CIPSEND=1,2", "\r\n> "),
        (b"hi", "\r\nDATA ACCEPT:1,2\r\n"),
        ("AT+CIPCLOSE=0", "\r\n0, CLOSE OK\r\n"),
        # Its id is free, and was not in UDP extended mode.
        ("AT+CIPQSEND=1", OK),
        ('AT+CIPSTART=0,"TCP","198.51.100.7",80', OK + "\r\n0, CONNECT FAIL\r\n"),
        ("AT+CIPCLOSE=0", ERROR),
    ]

    async def scene(modem, line):
        _, writer = await modem.open_connection(*PEER)
        await asyncio.sleep(0.2)
        port = await modem.open_datagram("198.51.100.9", 7)
        await port.send(b"hi")
        writer.close()
        await writer.wait_closed()
        error = await raised(errors.OpenFailed, modem.open_connection(*PEER))
        assert error.code == 1

    on_line(scene, nce_modem.SIM7000, steps)


def test_a76xx_ends_with_an_error_when_it_gave_up_or_took_a_part():
    def steps(*last):
        return [
            ('AT+CIPOPEN=0,"TCP","198.51.100.7",80', OK + "\r\n+CIPOPEN: 0,0\r\n"),
            ("AT+CIPACK=0", "\r\n+CIPACK: 0,0,0\r\n" + OK),
            ("AT+CIPSEND=0,2", "\r\n>"),
        ] + list(last)

    async def gave_up(modem, line):
        reader, writer = await modem.open_connection(*PEER)
        writer.write(b"hi")
        await writer.drain()
        await raised(errors.SendFailed, reader.read())
        await writer.wait_closed()
        assert not modem.sockets

    # 2: "closed for sending timeout"; the number is free, and CIPCLOSE refused.
    empty = ("AT+CIPRXGET=4,0", "\r\n+CIPRXGET: 4,0,0\r\n" + OK + "\r\n+IPCLOSE: 0,2\r\n")
    close = ("AT+CIPCLOSE=0", "\r\n+CIPCLOSE: 0,4\r\n" + ERROR)
    sent = (b"hi", OK + "\r\n+CIPSEND: 0,2,2\r\n")
    on_line(gave_up, nce_modem.A76XX, steps(sent, empty, close))

    async def took_a_part(modem, line):
        _, writer = await modem.open_connection(*PEER)
        writer.write(b"hi")
        await raised(errors.SocketDead, writer.drain())
        writer.close()
        await raised(errors.SocketDead, writer.wait_closed())

    # "If not equal, the socket cannot be used further."
    sent = (b"hi", OK + "\r\n+CIPSEND: 0,2,1\r\n")
    empty = ("AT+CIPRXGET=4,0", "\r\n+CIPRXGET: 4,0,0\r\n" + OK)
    close = ("AT+CIPCLOSE=0", OK + "\r\n+CIPCLOSE: 0,0\r\n")
    on_line(took_a_part, nce_modem.A76XX, steps(sent, empty, close))


def test_a76xx_that_drops_a_closed_connection_ends_it_in_order_only_when_all_was_read():
    refused = "\r\n+IP ERROR: Connection is not created\r\n" + ERROR
    opened = ('AT+CIPOPEN=0,"TCP","198.51.100.7",80', OK + "\r\n+CIPOPEN: 0,0\r\n")
    held = ("AT+CIPRXGET=4,0", "\r\n+CIPRXGET: 4,0,2\r\n" + OK)
    closed = "\r\n+IPCLOSE: 0,1\r\n"
    dropped = ("AT+CIPRXGET=4,0", refused)

    async def all_was_read(modem, line):
        reader, _ = await modem.open_connection(*PEER)
        assert await reader.read() == b"hi"

    read = ("AT+CIPRXGET=2,0,2", "\r\n+CIPRXGET: 2,0,2,0\r\nhi\r\n" + OK + closed)
    on_line(all_was_read, nce_modem.A76XX, [opened, held, read, dropped])

    async def some_was_left(modem, line):
        reader, _ = await modem.open_connection(*PEER)
        await raised(errors.SocketDead, reader.read())

    read = ("AT+CIPRXGET=2,0,2", "\r\n+CIPRXGET: 2,0,2,5\r\nhi\r\n" + OK + closed)
    again = ("AT+CIPRXGET=2,0,5", refused)
    on_line(some_was_left, nce_modem.A76XX, [opened, held, read, again, dropped])


# What a device does with a stream, in a few lines.


async def http_get(modem, host, path):
    """(status, body) of a page, by HTTP/1.0."""
    reader, writer = await modem.open_connection(host, 80)
    try:
        writer.write(b"GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" % (path.encode(), host.encode()))
        await writer.drain()
        status = int((await reader.readline()).split()[1])
        while await reader.readline() not in (b"\r\n", b"\n", b""):
            pass
        return status, await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


async def mqtt_publish(modem, host, client_id, topic, payload):
    """One message with QoS 1 by MQTT 3.1.1; returns when the broker has it."""

    def text(value):
        return bytes((len(value) >> 8, len(value) & 255)) + value

    def packet(head, body):
        assert len(body) < 128
        return bytes((head, len(body))) + body

    reader, writer = await modem.open_connection(host, 1883)
    try:
        writer.write(packet(0x10, text(b"MQTT") + b"\x04\x02\x00\x3c" + text(client_id)))
        await writer.drain()
        answer = await reader.readexactly(4)
        assert answer == b"\x20\x02\x00\x00", answer
        writer.write(packet(0x32, text(topic) + b"\x00\x01" + payload))
        await writer.drain()
        answer = await reader.readexactly(4)
        assert answer == b"\x40\x02\x00\x01", answer
        writer.write(b"\xe0\x00")
        await writer.drain()
    finally:
        writer.close()
        await writer.wait_closed()


def test_a_page_is_fetched_by_http():
    asked = b"GET /now HTTP/1.0\r\nHost: example.com\r\n\r\n"
    page = "HTTP/1.0 200 OK\r\nServer: x\r\n\r\nit is noon\r\nOK\r\n"
    steps = [
        ('AT+QIOPEN=1,0,"TCP","example.com",80,0,0', OK + "\r\n+QIOPEN: 0,0\r\n"),
        ("AT+QISEND=0,%d" % len(asked), "\r\n> "),
        (asked, "\r\nSEND OK\r\n"),
        (READ, held(page[:21])),
        (READ, held(page[21:])),
        (READ, EMPTY + '\r\n+QIURC: "closed",0\r\n'),
        (READ, EMPTY),
        ("AT+QICLOSE=0", OK),
    ]

    async def scene(modem, line):
        assert await http_get(modem, "example.com", "/now") == (200, b"it is noon\r\nOK\r\n")

    on_line(scene, nce_modem.BG95, steps)


def test_a_message_is_published_by_mqtt():
    steps = [
        ("AT+CACID=0", OK),
        ('AT+CAOPEN=0,0,"TCP","broker.example",1883', "\r\n+CAOPEN: 0,0\r\n" + OK),
        ("AT+CASEND=0", "\r\n+CASEND: 1459\r\n" + OK),
        ("AT+CASEND=0,18", "\r\n>"),
        (b"\x10\x10\x00\x04MQTT\x04\x02\x00\x3c\x00\x04dev1", OK),
        ("AT+CARECV=0,1459", "\r\n+CARECV: 0\r\n" + OK + "\r\n+CADATAIND: 0\r\n"),
        ("AT+CARECV=0,1459", b"\r\n+CARECV: 4,\x20\x02\x00\x00\r\n\r\nOK\r\n"),
        ("AT+CARECV=0,1459", "\r\n+CARECV: 0\r\n" + OK),
        ("AT+CASEND=0", "\r\n+CASEND: 1459\r\n" + OK),
        ("AT+CASEND=0,14", "\r\n>"),
        (b"\x32\x0c\x00\x04room\x00\x0121.5", OK + "\r\n+CADATAIND: 0\r\n"),
        ("AT+CARECV=0,1459", b"\r\n+CARECV: 4,\x40\x02\x00\x01\r\n\r\nOK\r\n"),
        ("AT+CARECV=0,1459", "\r\n+CARECV: 0\r\n" + OK),
        ("AT+CASEND=0", "\r\n+CASEND: 1459\r\n" + OK),
        ("AT+CASEND=0,2", "\r\n>"),
        (b"\xe0\x00", OK),
        ("AT+CACLOSE=0", OK),
    ]

    async def scene(modem, line):
        await mqtt_publish(modem, "broker.example", b"dev1", b"room", b"21.5")

    on_line(scene, nce_modem.SIM7080, steps)


OPEN_SEQUANS = [
    ("AT+SQNSCFG=1,1,300,0,600,50", OK),
    ("AT+SQNSCFGEXT=1,1,0,0,0,0", OK),
    ('AT+SQNSD=1,0,80,"198.51.100.7",0,0,1', OK),
]
SQNSI = "\r\n+SQNSI: 1,%d,0,0,0\r\n" + OK
CONNECTED = ("AT+SQNSS?", '\r\n+SQNSS: 1,2,"10.160.0.7",5000,"198.51.100.7",80,0\r\n' + OK)
OPEN_7080 = [
    ("AT+CACID=0", OK),
    ('AT+CAOPEN=0,0,"TCP","198.51.100.7",80', "\r\n+CAOPEN: 0,0\r\n" + OK),
]
ROOM = ("AT+CASEND=0", "\r\n+CASEND: 1459\r\n" + OK)
# What the modem says that it took of six bytes after a send that failed, and what is sent then.
FAILED_SENDS = (
    (0, b"abcdef"),
    (2, b"cdef"),
    (6, None),  # all: the OK was hidden by an ERROR of something else
)


def test_a_failed_send_goes_on_where_the_modems_own_count_says():
    for taken, rest in FAILED_SENDS:
        again = [] if rest is None else [("AT+SQNSSENDEXT=1,%d" % len(rest), "\r\n> "), (rest, OK)]
        sequans = OPEN_SEQUANS + [
            ("AT+SQNSSENDEXT=1,3", "\r\n> "), (b"xyz", OK), ("AT+SQNSI=1", SQNSI % 3),
            ("AT+SQNSSENDEXT=1,6", "\r\n> "), (b"abcdef", ERROR),
            CONNECTED, ("AT+SQNSI=1", SQNSI % (3 + taken)),
        ] + again  # fmt: skip
        again = [] if rest is None else [ROOM, ("AT+CASEND=0,%d" % len(rest), "\r\n>"), (rest, OK)]
        simcom = OPEN_7080 + [
            ROOM, ("AT+CASEND=0,3", "\r\n>"), (b"xyz", OK),
            ("AT+CARECV=0,1459", "\r\n+CARECV: 0\r\n" + OK),
            ROOM, ("AT+CASEND=0,6", "\r\n>"), (b"abcdef", ERROR),
            ("AT+CASTATE?", "\r\n+CASTATE: 0,1\r\n" + OK),
            ("AT+CAACK=0", "\r\n+CAACK: %d,0\r\n" % (3 + taken) + OK),
        ] + again  # fmt: skip

        async def scene(modem, line):
            _, writer = await modem.open_connection(*PEER)
            writer.write(b"xyz")
            await writer.drain()
            await asyncio.sleep(0.05)
            writer.write(b"abcdef")
            await writer.drain()

        on_line(scene, nce_modem.GM02S, sequans, poll_ms=60_000)
        on_line(scene, nce_modem.SIM7080, simcom, poll_ms=60_000)


def test_a_failed_send_without_a_count_ends_the_sending():
    steps = OPEN_SEQUANS + [
        ("AT+SQNSSENDEXT=1,6", "\r\n> "), (b"abcdef", ERROR), CONNECTED, ("AT+SQNSI=1", ERROR)
    ]  # fmt: skip

    async def scene(modem, line):
        _, writer = await modem.open_connection(*PEER)
        writer.write(b"abcdef")
        await raised(errors.SocketDead, writer.drain())

    on_line(scene, nce_modem.GM02S, steps, poll_ms=60_000)


def test_a_close_that_the_loss_of_the_network_is_does_not_end_in_order():
    for told, kind in (("", None), ("\r\n+CEREG: 2\r\n", errors.SocketDead)):
        steps = OPEN_SEQUANS + [
            ("AT+SQNSI=1", SQNSI % 0 + "\r\n+CEREG: 5\r\n" + told + "\r\n+SQNSH: 1\r\n"),
            ("AT+SQNSI=1", ERROR),
        ]

        async def scene(modem, line, kind=kind):
            reader, _ = await modem.open_connection(*PEER)
            if kind is None:
                assert await reader.read() == b""
            else:
                await raised(kind, reader.read())

        on_line(scene, nce_modem.GM02S, steps, poll_ms=60_000)


def test_a_broken_stream_says_so_before_the_modem_has_closed_it():
    async def scene(modem, script):
        reader, _ = await modem.open_connection(*PEER)
        await until(lambda: script.count(READ) == 1)
        script.answers["AT+QICLOSE=0"] = ""  # silent
        script.answers[READ] = ERROR
        script.say('\r\n+QIURC: "recv",0\r\n')
        await raised(errors.SocketDead, reader.read())
        assert modem.sockets  # not given back yet

    on_tcp(scene)
