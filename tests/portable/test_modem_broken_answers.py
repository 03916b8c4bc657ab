"""Answers that lost a character: a list of sockets, a sender, a place of a message, a payload.

A line loses bytes on a UART without flow control. What is broken is left out or dropped with a
notice; no number is made up, and nothing raises but a `ModemError`.
"""

import asyncio

import nce_modem
from nce_modem import errors
from nce_modem.at import events as at_events
from nce_modem.at import syntax
from nce_modem.at.channel import Channel
from nce_modem.at.command import Command
from nce_modem.at.dialect import Dialect
from nce_modem.at.parameter import sender
from test_modem_dialects import OK
from test_modem_session import ScriptedModem, play
from test_modem_sockets import READ, at_once, attached, read_from
from test_sms_service import REPORT, TEST, Store, run

# Family, model, what lists the sockets of an earlier run: a line without its number, a whole one;
# what closes the second.
LISTS = (
    (
        "GM02S",
        "GM02S",
        "AT+SQNSS?",
        '\r\n+SQNSS: ,2,"10.160.0.7"\r\n\r\n+SQNSS: 3,2,"10.160.0.7"\r\n',
        "AT+SQNSH=3",
    ),
    (
        "SIM7080",
        "SIMCOM_SIM7080G",
        "AT+CASTATE?",
        "\r\n+CASTATE: x,1\r\n\r\n+CASTATE: 3,1\r\n",
        "AT+CACLOSE=3",
    ),
    (
        "SIM7000",
        "SIMCOM_SIM7000G",
        "AT+CIPMUX=1;+CIPRXGET=1;+CIPQSEND=0;+CIPUDPMODE?",
        "\r\n+CIPUDPMODE: 0\r\n\r\n+CIPUDPMODE: 1,1\r\n",
        "AT+CIPUDPMODE=1,0",
    ),
    (
        "NRF91",
        "nRF9160-SICA",
        "AT#XSOCKET?",
        "\r\n#XSOCKET: ,1,0\r\n\r\n#XSOCKET: 4,1,0\r\n",
        "AT#XSOCKETSELECT=4",
    ),
)

# Family, model, what reads a datagram, its answer, with %s for address, port and datagram.
READS = (
    ("SIM7080", "SIMCOM_SIM7080G", "AT+CARECV=0,1459", "\r\n+CARECV: %s,%s,3,%s\r\n"),
    (
        "SIM7000",
        "SIMCOM_SIM7000G",
        "AT+CIPRXGET=2,0,1460",
        '\r\n+CIPRXGET: 2,0,3,0,"%s:%s"\r\n%s\r\n',
    ),
    ("SARA_R410", "SARA-R410M-02B", "AT+USORF=3,1024", '\r\n+USORF: 3,"%s",%s,3,"%s"\r\n'),
    (
        "NRF91",
        "nRF9151-LACA",
        "AT#XRECVFROM=2,1,64,0",
        '\r\n#XRECVFROM: 2,1,3,"%s",%s\r\n%s\r\n',
    ),
    ("NRF91", "nRF9160-SICA", "AT#XRECVFROM=0,64", '\r\n#XRECVFROM: 3,"%s",%s\r\n%s\r\n'),
    ("GM02S", "GM02S", "AT+SQNSRECV=1,1500", '\r\n+SQNSRECV: 1,3,"%s",%s\r\n%s\r\n'),
)
BROKEN = (
    ("192.0.2.1", ""),
    ("192.0.2.1", "x7"),
    ("192.0.2.1", "0"),
    ("192.0.2.1", "65536"),
    ("192.0.2", "7"),
    ("", "7"),
)
# More that each needs to open its port and to be read.
OPENINGS = {
    "SIM7080": (('AT+CASERVER=0,0,"UDP",5683', "\r\n+CASERVER: 0,0\r\n" + OK),),
    "SIM7000": (('AT+CIPSTART=0,"UDP","127.0.0.1",9', OK + "\r\n0, CONNECT OK\r\n"),),
    "GM02S": (("AT+SQNSI=1", "\r\n+SQNSI: 1,8,8,8,0\r\n" + OK),),
}


def test_a_list_of_sockets_that_lost_a_number_closes_the_others():
    async def scene(name, model, asking, lines, closing):
        modem, script = await attached(name, model, ((asking, lines + OK),))
        assert asking in script.seen and closing in script.seen, (name, script.seen)
        await modem.close()

    at_once(scene, LISTS)


def test_the_sockets_of_a_quectel_modem_are_listed_likewise():
    script = ScriptedModem()
    entry = '\r\n+QISTATE: %s,"UDP","10.60.2.239",4445,0,2,1,0,1,"uart1"\r\n'
    script.answers["AT+QISTATE?"] = entry % "" + entry % "3" + OK

    async def scene(modem, script):
        await modem.attach()
        assert script.count("AT+QICLOSE=") == script.count("AT+QICLOSE=3") == 1

    play(scene, script)


def test_a_sender_is_an_address_and_a_port():
    assert sender("192.0.2.1", "7") == ("192.0.2.1", 7)
    assert sender("192.0.2.1", "65535") == ("192.0.2.1", 65535)
    for address, number in BROKEN:
        assert sender(address, number) == ("", 0), (address, number)


def test_a_datagram_of_a_broken_sender_is_dropped_and_told():
    async def scene(name, model, reading, form):
        modem, script = await attached(name, model, OPENINGS.get(name, ()))
        told = []
        modem._on_event = told.append
        port = await modem.open_unconnected(5683)
        one, two = ("6F6E65", "74776F") if model == "nRF9151-LACA" else ("one", "two")
        answers = [form % ("192.0.2.1", "7x", one) + OK, form % ("192.0.2.1", "7", two) + OK]
        script.answers[reading] = answers
        del told[:]
        found = await port.receive_from(5000)
        assert found == (b"two", ("192.0.2.1", 7)), (name, model, found, script.seen)
        lines = [event.line for event in told if hasattr(event, "line")]
        assert len(lines) == 1 and "dropped a datagram" in lines[0], (name, model, lines)
        await modem.close()

    at_once(scene, READS)


def test_a_quectel_modem_drops_it_likewise():
    async def scene(modem, script):
        await modem.attach()
        told = []
        modem._on_event = told.append
        port = await modem.open_unconnected(5683)
        whole = read_from("one", "192.0.2.1", 7)
        script.answers[READ] = [whole.replace(",7\r", ",7x\r"), whole]
        assert await port.receive_from(5000) == (b"one", ("192.0.2.1", 7))
        assert [event.line for event in told if "dropped" in str(getattr(event, "line", ""))]

    play(scene)


def test_broken_senders_do_not_keep_a_receiver_beyond_its_time():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_unconnected(5683)
        script.answers[READ] = read_from("one", "192.0.2.1", 7).replace(",7\r", ",\r")
        assert await asyncio.wait_for(port.receive_from(100), 5) is None

    play(scene)


def test_a_message_whose_place_is_broken_stays_for_the_next_look():
    class Broken(Store):
        is_broken = True

        def say(self, text):
            if self.is_broken and isinstance(text, str):
                text = text.replace("+CMGL: 3,", "+CMGL: ,")
            super().say(text)

    async def scene(sms, store):
        assert len(await sms.list()) == 1 and sms.lost == 0
        message = await sms.receive(20)
        assert message.reference is not None and store.messages == {3: TEST}
        assert await sms.receive(20) is None
        store.is_broken = False
        sms._look_at_ms = 0
        assert (await sms.receive(5000)).text == "Test" and store.messages == {}

    run(scene, Broken({3: TEST, 4: REPORT}))


def trickling(step_ms, pieces=100):
    """When a payload that gets a byte each `step_ms` is given up, and what was told."""
    channel = Channel(Dialect())
    reads = syntax.Payload(syntax.AFTER_LINE, 0)
    channel.send(Command("AT+QIRD=0,1500", 3_600_000, reads=reads), 0)
    channel.receive_data(b"\r\n+QIRD: 1000\r\n", 0)
    for number in range(1, pieces):
        due_ms = channel.next_timeout()
        if due_ms <= number * step_ms:
            return due_ms, channel.handle_timeout(due_ms)
        channel.receive_data(b"x", number * step_ms)
    raise AssertionError("it is still open")


def test_a_payload_that_trickles_ends_within_its_limit():
    for step_ms in (1000, 4000, 4999):
        due_ms, found = trickling(step_ms)
        assert due_ms == 30_000, (step_ms, due_ms)
        assert [event.kind for event in found if isinstance(event, at_events.Note)] == [
            at_events.TRUNCATED
        ]
        assert [event.reason for event in found if isinstance(event, at_events.Failed)] == [
            at_events.SHORT_PAYLOAD
        ]
    # One that stops ends sooner.
    assert trickling(6000)[0] == 5000


def test_the_number_of_a_new_socket_that_is_broken_opens_none():
    async def scene(name, model, asking):
        modem, script = await attached(name, model)
        whole = script.answers[asking]
        script.answers[asking] = ["\r\n%s: x\r\n%s" % (asking[2:].partition("=")[0], OK), whole]
        port = await modem.open_datagram("10.60.2.239", 4445)
        assert port.socket_id is not None and list(modem.sockets) == [port.socket_id], name
        assert script.seen.count(asking) == 2, name
        await modem.close()

    at_once(
        scene,
        (
            ("SARA_R410", "SARA-R410M-02B", "AT+USOCR=17"),
            ("NRF91", "nRF9151-LACA", "AT#XSOCKET=1,2,0"),
            ("NRF91", "nRF9160-SICA", "AT#XSOCKET=1,2,0"),
        ),
    )


def test_a_family_of_ones_own_is_a_row_made_from_a_row():
    own = nce_modem.BG95.changed(name="mine", power_pulse_ms=900)
    assert type(own) is type(nce_modem.BG95)
    assert own.profile.name == "mine" and own.profile.power_pulse_ms == 900
    assert own.profile.setup is nce_modem.BG95.profile.setup
    assert nce_modem.BG95.profile.name == "Quectel BG95"
    assert nce_modem.BG95.profile.power_pulse_ms == 750
    try:
        nce_modem.BG95.changed(power_pulse=900)
        raise AssertionError("a name that no row has")
    except ValueError as error:
        assert "power_pulse" in str(error)
    try:
        own.profile.max_datagram = 5
        raise AssertionError("a row does not change")
    except AttributeError:
        pass


def test_capabilities_are_whole_words():
    for name in ("BG95", "SIM7080", "SIM7000", "SARA_R410", "SARA_R5", "NRF91", "GM02S"):
        found = getattr(nce_modem, name).profile.capabilities
        assert isinstance(found, tuple), name
        assert set(found) <= {"unconnected", "dtls_psk", "rai", "release"}, (name, found)
    assert "rai" in nce_modem.GM02S.profile.capabilities
    assert "unconnected" not in nce_modem.SIM7080_TELLING_ID.profile.capabilities
    assert issubclass(errors.OpenFailed, errors.ModemError)
