"""Sockets that are closed, stale or written to by others, and names that the modem resolves.

The bytes come from the vendors' manuals; nothing of the driver's grammar is used to make them.
"""

import asyncio

import nce_modem
from nce_modem import Modem, errors
from test_modem_dialects import CASES, OK, Script
from test_modem_session import ADDRESS, ANSWERS, QUICK, ScriptedModem, play, raised

ERROR = "\r\nERROR\r\n"
RESTART = "\r\nRDY\r\n"
PEER = ("10.60.2.239", 4445)
READ = "AT+QIRD=0,1500"
EMPTY = "\r\n+QIRD: 0\r\n" + OK
OPENING = 'AT+QIOPEN=1,0,"UDP","10.60.2.239",4445,0,0'


def read_from(data, host, port):
    return '\r\n+QIRD: %d,"%s",%d\r\n%s\r\n%s' % (len(data), host, port, data, OK)


def test_a_datagram_of_another_peer_is_nobodys():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        script.answers[READ] = [
            read_from("forged", "10.60.2.240", 4445),  # another host
            read_from("forged", "10.60.2.239", 4446),  # another port
            read_from("right", "10.60.2.239", 4445),
            EMPTY,
        ]
        assert await port.receive(3000) == b"right"
        assert script.count(READ) == 3
        # The modem does not always say who sent it: it connected the socket itself.
        script.answers[READ] = ["\r\n+QIRD: 2\r\nhi\r\n" + OK, EMPTY]
        script.say('\r\n+QIURC: "recv",0\r\n')
        assert await port.receive(3000) == b"hi"

    play(scene)


def test_strangers_without_end_do_not_hold_up_the_receiver():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        script.answers[READ] = read_from("forged", "10.60.2.240", 4445)
        assert await asyncio.wait_for(port.receive(100), 5) is None

    play(scene)


def test_an_unconnected_socket_hears_everyone_and_says_who():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_unconnected(5683)
        assert script.count('AT+QIOPEN=1,0,"UDP SERVICE","127.0.0.1",0,5683,0') == 1
        script.answers[READ] = [read_from("one", "192.0.2.1", 7), EMPTY]
        assert await port.receive_from(3000) == (b"one", ("192.0.2.1", 7))
        await port.send_to(b"two", ("192.0.2.1", 7))
        assert script.count('AT+QISEND=0,3,"192.0.2.1",7') == 1 and script.datagrams == [b"two"]
        for sending in (port.send(b"x"), port.send_to(b"x", None), port.send_to(b"x", 5)):
            await raised(errors.UsageError, sending)

    play(scene)


def test_a_closed_socket_is_of_no_use_and_its_place_is_free():
    async def scene(modem, script):
        await modem.attach()
        first = await modem.open_datagram(*PEER)
        second = await modem.open_datagram(*PEER)
        assert (first.socket_id, second.socket_id) == (0, 1) and modem.sockets
        await first.close()
        for use in (first.send(b"x"), first.receive(10)):
            error = await raised(errors.UsageError, use)
            assert "closed by its owner" in str(error), error
        assert script.datagrams == []
        third = await modem.open_datagram(*PEER)
        assert third.socket_id == 0
        # What the first one's owner does late does not touch the third.
        await first.close()
        await third.send(b"x")
        assert script.datagrams == [b"x"] and script.count("AT+QICLOSE=0") == 1
        await second.close()
        await third.close()
        assert not modem.sockets

    play(scene)


def test_closing_wakes_the_one_who_receives():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        receiving = asyncio.create_task(raised(errors.UsageError, port.receive(15_000)))
        await asyncio.sleep(0.03)
        await port.close()
        await asyncio.wait_for(receiving, 2)

    play(scene)


def test_a_socket_of_before_a_restart_closes_nothing_of_after_it():
    async def scene(modem, script):
        await modem.attach()
        old = await modem.open_datagram(*PEER)
        script.say(RESTART)
        while modem.is_ready:
            await asyncio.sleep(0.01)
        await modem.attach()
        new = await modem.open_datagram(*PEER)
        assert old.socket_id == new.socket_id == 0
        await old.close()
        assert script.count("AT+QICLOSE=0") == 0
        await raised(errors.ModemReset, old.send(b"old"))
        await new.send(b"new")
        assert script.datagrams == [b"new"]
        # Its number is taken still.
        assert (await modem.open_datagram(*PEER)).socket_id == 1

    play(scene)


def test_a_detach_by_the_network_closes_what_was_open():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        script.answers["AT+QISTATE?"] = (
            '\r\n+QISTATE: 0,"UDP","10.60.2.239",4445,5000,2,1,0,0,"uart1"\r\n' + OK
        )
        script.say('\r\n+QIURC: "pdpdeact",1\r\n')
        await raised(errors.PdpLost, port.receive(5000))
        assert modem.address is None and modem.context_is_stale and not modem.sockets
        # Nothing is opened over a bearer that is gone, and what the modem opened is closed.
        await raised(errors.PdpLost, modem.open_datagram(*PEER))
        script.answers["AT+QIACT?"] = [OK, ANSWERS["AT+QIACT?"]]
        closed = script.count("AT+QICLOSE=0")
        await modem.attach()
        assert script.count("AT+QICLOSE=0") == closed + 1
        assert modem.address == ADDRESS and not modem.context_is_stale
        await modem.attach()
        assert script.count("AT+QICLOSE=0") == closed + 1  # once
        await port.close()  # another may have its number now
        assert script.count("AT+QICLOSE=0") == closed + 1

    play(scene)


# Family, model -> unsolicited results that end its bearer, and ones that look like it and do not.
DETACHES = (
    ("SARA_R410", "SARA-R410M-02B", ("+CGEV: NW PDN DEACT 1", "+CGEV: NW DETACH", "+UUPSDD: 0"),
     ("+CGEV: ME PDN ACT 1", "+CGEV: NW MODIFY 1,0")),
    ("GM02S", "GM02S", ("+CGEV: NW PDN DEACT 1", "+CGEV: NW DETACH"), ("+CGEV: ME PDN ACT 1",)),
    ("NRF91", "nRF9151-LACA", ("+CGEV: NW PDN DEACT 0", "+CGEV: ME PDN DEACT 0"),
     ("+CGEV: ME PDN ACT 0",)),
    ("SIM7000", "SIMCOM_SIM7000G", ("+PDP: DEACT",), ()),
    ("SIM7080", "SIMCOM_SIM7080G", ("+APP PDP: 0,DEACTIVE",), ("+APP PDP: 0,ACTIVE",)),
)  # fmt: skip


async def attached(name, model, more=()):
    """`(modem, script)` of a family of `CASES`, attached."""
    answers = dict(next(case[2] for case in CASES if case[:2] == (name, model)))
    answers.update(dict(more))
    script = Script(model, answers)
    modem = Modem(script, family=getattr(nce_modem, name))
    await modem.attach()
    return modem, script


def at_once(scene, cases):
    """Run `scene(*case)` of all cases together."""

    async def all_of_them():
        await asyncio.gather(*[scene(*case) for case in cases])

    asyncio.run(asyncio.wait_for(all_of_them(), 30))


def test_every_family_tells_the_end_of_its_bearer():
    async def scene(name, model, line, others):
        modem, script = await attached(name, model)
        port = await modem.open_datagram(*PEER)
        for other in others:
            script.say(other)
        await asyncio.sleep(0.02)
        assert modem.address == "10.160.0.7" and modem.sockets, name
        script.say(line)
        await asyncio.sleep(0.02)  # the line is read before the socket looks for data
        error = await asyncio.wait_for(raised(errors.PdpLost, port.receive(20_000)), 5)
        assert "PDP context" in str(error)
        assert modem.address is None and modem.context_is_stale, (name, line)
        await modem.close()

    at_once(
        scene,
        [(name, model, line, others) for name, model, ends, others in DETACHES for line in ends],
    )


# Family, model -> what its far end's closing looks like, once its first socket is open.
CLOSINGS = (
    ("SARA_R410", "SARA-R410M-02B", "+UUSOCL: 3"),
    ("GM02S", "GM02S", "+SQNSH: 1"),
    ("SIM7000", "SIMCOM_SIM7000G", "0, CLOSED"),
    ("SIM7080", "SIMCOM_SIM7080G", "+CASTATE: 0,0"),
)


def test_every_family_tells_that_a_socket_was_closed():
    async def scene(name, model, line):
        modem, script = await attached(name, model)
        port = await modem.open_datagram(*PEER)
        script.say(line)
        await asyncio.sleep(0.02)
        await asyncio.wait_for(raised(errors.SocketDead, port.receive(20_000)), 5)
        await raised(errors.SocketDead, port.send(b"x"))
        assert modem.address is not None
        await modem.close()

    at_once(scene, CLOSINGS)


# Family, model; what it says is open; what must be written to close that, and that alone.
STALE = (
    ("SIM7080", "SIMCOM_SIM7080G",
     {"AT+CASTATE?": "\r\n+CASTATE: 0,1\r\n+CASTATE: 3,0\r\n+CASTATE: 4,2\r\n" + OK},
     ("AT+CACLOSE=0", "AT+CACLOSE=4")),
    ("SIM7000", "SIMCOM_SIM7000G",
     {"AT+CIPMUX=1;+CIPRXGET=1;+CIPQSEND=0;+CIPUDPMODE?":
      "\r\n+CIPUDPMODE: 0,0\r\n+CIPUDPMODE: 1,1\r\n" + OK},
     ("AT+CIPSHUT", "AT+CIPMUX=1;+CIPRXGET=1;+CIPQSEND=0;+CIPUDPMODE?", "AT+CIPUDPMODE=1,0",
      'AT+CLPORT=1,"UDP",0')),
    ("SARA_R410", "SARA-R410M-02B", {},
     ("AT+USOCL=0", "AT+USOCL=1", "AT+USOCL=2", "AT+USOCL=3", "AT+USOCL=4", "AT+USOCL=5",
      "AT+USOCL=6")),
    ("GM02S", "GM02S",
     {"AT+SQNSS?": '\r\n+SQNSS: 1,0\r\n+SQNSS: 2,2,"10.0.0.1",5,"192.0.2.1",7,UDP\r\n'
      "+SQNSS: 3,4\r\n" + OK},
     ("AT+SQNSH=2", "AT+SQNSH=3")),
    ("NRF91", "nRF9151-LACA", {}, ("AT#XCLOSE",)),
)  # fmt: skip
CLOSES = ("AT+CACLOSE", "AT+CIP", "AT+CLPORT", "AT+USOCL", "AT+SQNSH", "AT#XCLOSE")


def test_what_an_earlier_run_left_open_is_closed_when_powering_on():
    async def scene(name, model, answers, expected):
        modem, script = await attached(name, model, answers.items())
        told = [line for line in script.seen if line.startswith(CLOSES)]
        assert told == list(expected), (name, told)
        await modem.close()

    at_once(scene, STALE)


def test_stale_sockets_of_a_quectel_are_those_that_it_lists():
    async def scene(modem, script):
        script.answers["AT+QISTATE?"] = (
            '\r\n+QISTATE: 2,"UDP","192.0.2.1",7,5000,2,1,2,0,"uart1"\r\n'
            '\r\n+QISTATE: 11,"UDP SERVICE","127.0.0.1",0,5683,2,1,11,0,"uart1"\r\n' + OK
        )
        await modem.power_on()
        closed = [line for line in script.commands if line.startswith("AT+QICLOSE")]
        assert closed == ["AT+QICLOSE=2", "AT+QICLOSE=11"]
        # Of a modem that is in use, nothing is closed.
        await modem.attach()
        await modem.open_datagram(*PEER)
        await modem.power_on()
        closed = [line for line in script.commands if line.startswith("AT+QICLOSE")]
        assert closed == ["AT+QICLOSE=2", "AT+QICLOSE=11"]

    play(scene)


def test_all_numbers_of_sockets_are_used_and_then_none_is_left():
    async def scene(modem, script):
        await modem.attach()
        ports = []
        for _ in range(12):  # portable: no await in a comprehension
            ports.append(await modem.open_datagram(*PEER))
        assert [port.socket_id for port in ports] == list(range(12))
        error = await raised(errors.OpenFailed, modem.open_datagram(*PEER))
        assert "all 12 sockets are open" in str(error) and script.count("AT+QIOPEN") == 12
        await ports[7].close()
        assert (await modem.open_datagram(*PEER)).socket_id == 7

    play(scene)


def test_an_open_that_may_pass_is_tried_three_times():
    async def scene(code, tries):
        script = ScriptedModem()
        script.answers[OPENING] = OK + "\r\n+QIOPEN: 0,%d\r\n" % code
        modem = Modem(script, family=QUICK)
        await modem.attach()
        error = await raised(errors.OpenFailed, modem.open_datagram(*PEER))
        assert error.code == code and str(code) in str(error)
        assert script.count("AT+QIOPEN") == script.count("AT+QICLOSE=0") == tries, code
        assert not modem.sockets
        await modem.close()

    at_once(scene, ((563, 3), (564, 3), (565, 1), (566, 1)))


def test_a_bare_error_of_an_open_may_pass():
    async def scene(modem, script):
        await modem.attach()
        script.answers[OPENING] = [ERROR, OK + "\r\n+QIOPEN: 0,0\r\n"]
        await modem.open_datagram(*PEER)
        assert script.count("AT+QIOPEN") == 2

    play(scene)


def test_a_socket_that_the_modem_denies_is_dead():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        script.answers["AT+QISEND=0,1"] = ERROR
        error = await raised(errors.SocketDead, port.send(b"x"))
        assert "refused a datagram" in str(error)
        assert await raised(errors.SocketDead, port.receive(10)) is error
        port = await modem.open_datagram("10.60.2.240", 4445)
        # Read: a bare ERROR may pass, once; one with a number does not.
        script.answers["AT+QIRD=1,1500"] = [ERROR, "\r\n+QIRD: 2\r\nhi\r\n" + OK, EMPTY]
        assert await port.receive(3000) == b"hi"
        script.answers["AT+QIRD=1,1500"] = ERROR
        script.say('\r\n+QIURC: "recv",1\r\n')
        await raised(errors.SocketDead, port.receive(3000))
        port = await modem.open_datagram("10.60.2.241", 4445)
        script.answers["AT+QIRD=2,1500"] = "\r\n+CME ERROR: 559\r\n"
        before = script.count("AT+QIRD=2")
        await raised(errors.SocketDead, port.receive(3000))
        assert script.count("AT+QIRD=2") == before + 1

    play(scene)


def test_a_full_send_buffer_is_tried_five_times_and_then_told():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        script.send_result = "\r\nSEND FAIL\r\n"
        error = await raised(errors.SendFailed, port.send(b"x"))
        assert "SEND FAIL" in str(error) and script.datagrams == [b"x"] * 5
        # The socket is as good as before.
        script.send_result = "\r\nSEND OK\r\n"
        await port.send(b"y")
        await raised(errors.UsageError, port.send(b""))

    play(scene)


# Names. Family, model -> its command, what it answers, an answer that there is no such name, and
# the number that the error has.
NAMES = (
    ("SIM7080", "SIMCOM_SIM7080G", 'AT+CDNSGIP="a.example",1,20000',
     OK + '\r\n+CDNSGIP: 1,"a.example","192.0.2.7"\r\n', OK + "\r\n+CDNSGIP: 0,8\r\n", 8),
    ("SIM7000", "SIMCOM_SIM7000G", 'AT+CDNSGIP="a.example"',
     OK + '\r\n+CDNSGIP: 1,"a.example","192.0.2.7","192.0.2.8"\r\n',
     OK + "\r\n+CDNSGIP: 0,8\r\n", 8),
    ("SARA_R410", "SARA-R410M-02B", 'AT+UDNSRN=0,"a.example"',
     '\r\n+UDNSRN: "192.0.2.7"\r\n' + OK, ERROR, None),
    ("GM02S", "GM02S", 'AT+SQNDNSLKUP="a.example",0',
     '\r\n+SQNDNSLKUP: "a.example","192.0.2.7"\r\n' + OK, ERROR, None),
    ("NRF91", "nRF9151-LACA", 'AT#XGETADDRINFO="a.example",1',
     '\r\n#XGETADDRINFO: "192.0.2.7"\r\n' + OK, ERROR, None),
)  # fmt: skip


def test_every_family_resolves_a_name_or_says_that_there_is_none():
    async def scene(name, model, command, answer, refusal, code):
        modem, script = await attached(name, model, ((command, answer),))
        assert await modem.resolve("a.example") == "192.0.2.7", name
        assert script.seen.count(command) == 1
        script.answers[command] = refusal
        error = await raised(errors.OpenFailed, modem.resolve("a.example"))
        assert error.code == code and "a.example was not resolved" in str(error), error
        # What is no address is not believed; what is no name is not asked for.
        script.answers[command] = answer.replace("192.0.2.7", "192.0.2.777")
        error = await raised(errors.OpenFailed, modem.resolve("a.example"))
        assert "other than an IPv4 address" in str(error), error
        asked = len(script.seen)
        await raised(errors.UsageError, modem.resolve('a"b'))
        assert len(script.seen) == asked
        await modem.close()

    at_once(scene, NAMES)


def test_a_sara_resolves_before_it_opens_and_asks_a_busy_resolver_again():
    async def scene():
        command = 'AT+UDNSRN=0,"a.example"'
        modem, script = await attached(
            "SARA_R410",
            "SARA-R410M-02B",
            ((command, [ERROR, '\r\n+UDNSRN: "10.60.2.239"\r\n' + OK]),),
        )
        port = await modem.open_datagram("a.example", 4445)
        assert port.peer == PEER and script.seen.count(command) == 2
        await port.send(b'\r\nOK,"\r\n')
        assert 'AT+USOST=3,"10.60.2.239",4445,8' in script.seen
        await modem.close()

    asyncio.run(asyncio.wait_for(scene(), 30))


def test_a_quectel_says_the_number_of_its_resolver():
    async def scene(modem, script):
        await modem.attach()
        command = 'AT+QIDNSGIP=1,"a.example"'
        script.answers[command] = OK + '\r\n+QIURC: "dnsgip",565\r\n'
        error = await raised(errors.OpenFailed, modem.resolve("a.example"))
        assert error.code == 565
        # The first of several addresses.
        script.answers[command] = (
            OK + '\r\n+QIURC: "dnsgip",0,2,600\r\n'
            '\r\n+QIURC: "dnsgip","192.0.2.7"\r\n\r\n+QIURC: "dnsgip","192.0.2.8"\r\n'
        )
        assert await modem.resolve("a.example") == "192.0.2.7"

    play(scene)
