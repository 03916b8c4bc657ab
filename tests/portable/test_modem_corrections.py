"""Corrections from the second reading of the makers' documents: one literal vector each.

docs/modem_corrections.md has the table; the numbers in the comments are its rows.
"""

import asyncio

import nce_modem
import nce_modem.power
import nce_modem.signal
from nce_modem import Modem, errors
from nce_modem.at.channel import Channel
from nce_modem.at.command import Command
from nce_modem.at.events import Answer, Urc
from nce_modem.families import nordic, nordic_slm
from nce_modem.families.family import CLOSED, CONTEXT_LOST, DATA
from nce_modem.power_saving import Granted, PowerSaving
from nce_modem.sms import Sms
from nce_modem.sms.direct import read_notice
from test_modem_dialects import CASES, OK, Script
from test_modem_session import ANSWERS, ScriptedModem, play, raised
from test_modem_sockets import ERROR, PEER, at_once, attached

signal = nce_modem.signal
nce_modem.power.RESTART_S = 0.01  # these modems are quick

SLM_ANSWERS = next(case[2] for case in CASES if "AT#XSEND" in case[2])
SM_ANSWERS = next(case[2] for case in CASES if "v1.99.0" in case[2].get("AT#XSMVER", ""))


class CrLfScript(Script):
    """A stock SLM: CR and LF end a line, CR alone does not, and neither does within quotes."""

    def write(self, data):
        self.raw = getattr(self, "raw", b"") + bytes(data)
        for byte in bytes(data):
            self._typed += bytes((byte,))
            if self._missing:
                self._missing -= 1
                if not self._missing:
                    self._take(self._typed, "payload")
            elif self._typed.endswith(b"\r\n"):
                line = self._typed[:-2].decode()
                self._take(line, line if line.startswith("AT") else "AT+NOTHING")


# 1.1


def test_a_stock_slm_is_found_probed_and_driven_with_cr_and_lf():
    async def scene():
        script = CrLfScript("nRF9160-SICA", SLM_ANSWERS)
        script.answers["ATI"] = script.answers["ATQ0V1E0"] = ERROR
        modem = Modem(script)
        await modem.attach()
        assert modem.family is nordic_slm.SLM
        assert script.raw.startswith(b"AT\r\n")
        port = await modem.open_datagram(*PEER)
        await port.send(b'\r\nOK,"\r\n')
        assert script.raw.count(b"\r") - script.raw.count(b"\r\n") == 0
        await modem.close()

    asyncio.run(asyncio.wait_for(scene(), 30))


def test_serial_modem_gets_cr_alone_once_it_is_known():
    async def scene():
        script = Script("nRF9151-LACA", SM_ANSWERS)
        sent = []
        take = script.write
        script.write = lambda data: (sent.append(bytes(data)), take(data))
        modem = Modem(script, family=nce_modem.NRF91)
        await modem.attach()
        assert modem.family is nordic.SERIAL_MODEM
        assert sent[0] == b"AT\r\n" and sent[-1].endswith(b"\r"), sent
        await modem.close()

    asyncio.run(asyncio.wait_for(scene(), 30))


def test_the_probe_of_a_line_that_is_late_ends_as_its_dialect_says():
    for family, end in ((nce_modem.BG95, b"\r"), (nce_modem.NRF91, b"\r\n")):
        channel = Channel(family.profile.dialect)
        channel.send(Command("AT+CEREG?", timeout_ms=100), 0)
        assert channel.data_to_send() == b"AT+CEREG?" + end
        channel.handle_timeout(100)
        channel.handle_timeout(100 + family.profile.dialect.drain_ms)
        assert channel.data_to_send() == b"AT" + end


# 1.2: nRF91 has no store for short messages.

TEST = "0791534850020200040C9153486507895500006090608164138004D4F29C0E"  # "Test"
REPORT = "07917248014000F506B70AA18092020000317071518590803170715185418000"


class SlmSms(CrLfScript):
    def __init__(self):
        super().__init__("nRF9160-SICA", SLM_ANSWERS)
        self.answers["AT+CNMI?"] = "\r\n+CNMI: 3,2,0,1,1\r\n" + OK

    def _take(self, what, key):
        if isinstance(key, str) and key.startswith("AT+CMGS="):
            self.seen.append(what)
            self._typed = b""
            self._out += b"\r\n+CMGS: 7\r\n" + OK.encode()
            self._more.set()
        else:
            super()._take(what, key)


def slm_sms(scene):
    async def within():
        script = SlmSms()
        modem = Modem(script, family=nce_modem.NRF91)
        try:
            await asyncio.wait_for(scene(Sms(modem), script), 20)
        finally:
            await modem.close()

    asyncio.run(within())


def test_slm_registers_one_client_and_sends_a_pdu_in_one_piece():
    async def scene(sms, script):
        assert await sms.send("+46708251358", "hellohello", validity_h=96) == [7]
        pdu = "0011000B916407281553F80000AA0AE8329BFD4697D9EC37"
        assert b"AT+CMGS=23\r" + pdu.encode() + b"\x1a\r\n" in script.raw
        first = script.seen.index("AT+CNMI=0,0,0,0")
        assert script.seen[first + 1] == "AT+CNMI=3,2,0,1"
        names = [line.partition("=")[0] for line in script.seen if isinstance(line, str)]
        assert not {"AT+CMGF", "AT+CPMS", "AT+CMGL", "AT+CSMS"} & set(names)
        assert pdu not in "".join(sms.modem.transcript)
        error = await raised(errors.UsageError, sms.list())
        assert "keeps no short messages" in str(error)

    slm_sms(scene)


def test_slm_acknowledges_what_comes_and_registers_again_when_it_was_dropped():
    async def scene(sms, script):
        assert await sms.receive(10) is None
        script.say('+CMT: "+358456709855",23\r\n' + TEST)
        assert (await sms.receive(5000)).text == "Test"
        script.say("+CDS: 24\r\n" + REPORT)
        assert (await sms.receive(5000)).status == 0
        await asyncio.sleep(0.5)
        assert script.seen.count("AT+CNMA=1") == 2
        before = script.seen.count("AT+CNMI=3,2,0,1")
        script.say("+CMS ERROR: 524")
        assert await sms.receive(20) is None
        assert script.seen.count("AT+CNMI=3,2,0,1") == before + 1
        # The line about its end may be lost, too: asked for once a minute.
        script.answers["AT+CNMI?"] = "\r\n+CNMI: 0,0,0,0,1\r\n" + OK
        sms._look_at_ms = 0
        assert await sms.receive(20) is None
        assert script.seen.count("AT+CNMI=3,2,0,1") == before + 2

    slm_sms(scene)


def test_slm_leaves_messages_with_the_network_while_nobody_takes_them():
    async def scene(sms, script):
        assert await sms.receive(10) is None
        for _ in range(17):
            script.say('+CMT: "+358456709855",23\r\n' + TEST)
        await asyncio.sleep(1.5)
        assert script.seen.count("AT+CNMA=1") == 16
        assert b"AT+CNMA=2,3\r00D300\x1a\r\n" in script.raw
        for _ in range(16):
            assert (await sms.receive(1000)).text == "Test"
        assert "AT%XSMMA" not in script.seen
        assert await sms.receive(10) is None
        assert script.seen.count("AT%XSMMA") == 1 and sms.lost == 0
        assert await sms.receive(10) is None
        assert script.seen.count("AT%XSMMA") == 1  # it has been told

    slm_sms(scene)


def test_slm_that_refuses_an_acknowledgement_is_noticed():
    async def scene(sms, script):
        told = []
        sms.modem.tell = lambda event: told.append(getattr(event, "line", ""))
        script.answers["AT+CNMA=1"] = "\r\n+CMS ERROR: 340\r\n"
        assert await sms.receive(10) is None
        script.say('+CMT: "+358456709855",23\r\n' + TEST)
        assert (await sms.receive(5000)).text == "Test"
        for _ in range(100):
            if "not acknowledged" in str(told):
                return
            await asyncio.sleep(0.01)
        raise AssertionError(told)

    slm_sms(scene)


def test_a_notice_of_serial_modem_is_read_with_its_zone_or_left():
    zones = (("+05:30", 22), ("-03:30", -14), ("+00:00", 0), ("", 0), ("+aa:bb", 0))
    for zone, quarters in zones:
        text = '"26-11-29 19:16:28%s","1NCE","x"' % (" UTC" + zone if zone else "")
        found = read_notice(text)
        assert (found.number, found.text, found.at.quarters) == ("1NCE", "x", quarters), zone
        assert tuple(found.at)[:6] == (2026, 11, 29, 19, 16, 28)
    for text in ("", "broken", '"26-11-29","1NCE"', '26-11-29 19:16:28","1NCE","x"'):
        assert read_notice(text) is None, text
    assert read_notice('"26-11-29 19:16:28","1NCE","lost its end').text == "lost its end"


def test_a_dropped_client_is_no_answer_of_the_pending_command():
    dialect = nce_modem.NRF91.profile.dialect
    channel = Channel(dialect)
    channel.send(Command("AT+CEREG?"), 0)
    found = channel.receive_data(b"\r\n+CMS ERROR: 524\r\n\r\nOK\r\n", 1)
    assert [type(event) for event in found] == [Urc, Answer]
    channel.send(Command("AT+CMGS=1"), 2000)
    channel.handle_timeout(3000)
    found = channel.receive_data(b"\r\n+CMS ERROR: 38\r\n", 3001)
    assert found[0].is_ok is False


def test_serial_modem_sends_and_receives_text_by_its_own_client():
    async def scene():
        script = Script("nRF9151-LACA", SM_ANSWERS)
        modem = Modem(script, family=nce_modem.NRF91)
        sms = Sms(modem)
        assert await sms.send("+46708251358", "hello, world") == [None]
        at = script.seen.index("AT#XSMS=0")
        assert script.seen[at + 1 : at + 3] == [
            "AT#XSMS=1", 'AT#XSMS=2,"+46708251358","hello, world"']  # fmt: skip
        assert "hello" not in "".join(modem.transcript)
        for content, options in (("ж", {}), (b"x", {}), ("x", {"report": True}), ('"', {})):
            await raised(errors.UsageError, sms.send("123", content, **options))
        for content, length in (("a", 1531), ("{", 766)):  # {: two septets
            await raised(errors.UsageError, sms.send("123", content * length))
        assert await sms.send("123", "a" * 1530) == [None]
        script.say('#XSMT: "26-11-29 19:16:28 UTC+01:00","+491234567","of another kind"')
        assert await sms.receive(20) is None
        script.say('#XSMS: "26-11-29 19:16:28 UTC+01:00","+491234567","he said "yes", twice"')
        message = await sms.receive(2000)
        assert (message.number, message.text) == ("+491234567", 'he said "yes", twice')
        assert tuple(message.at) == (2026, 11, 29, 19, 16, 28, 4)
        # A long message has no zone (its source).
        script.say('#XSMS: "26-11-29 19:16:28","1NCE","%s"' % ("a" * 300))
        message = await sms.receive(2000)
        assert (message.number, len(message.text), message.at.quarters) == ("1NCE", 300, 0)
        script.say("#XSMS: broken")
        assert await sms.receive(20) is None
        assert not [line for line in script.seen if "CNM" in line or "CMGS" in line]
        await modem.close()

    asyncio.run(asyncio.wait_for(scene(), 20))


# 1.3


def test_a_sleep_of_no_time_has_ended_and_the_sockets_of_an_nrf91_outlive_it():
    async def scene(name, model):
        modem, script = await attached(name, model)
        saving = PowerSaving(modem)
        port = await modem.open_datagram(*PEER)
        generation = modem.generation
        script.say("%XMODEMSLEEP: 1,3600000")
        assert await saving.sleep(2000)
        script.say("%XMODEMSLEEP: 1,0")
        await asyncio.sleep(0.05)
        assert not await saving.sleep(50)
        script.say("%XMODEMSLEEP: 1,3600000")
        assert await saving.sleep(2000)
        await saving.wake()
        assert modem.generation == generation
        await port.send(b'\r\nOK,"\r\n')  # by the socket that the sleep has left open
        await modem.close()

    at_once(scene, (("NRF91", "nRF9151-LACA"),))


# Issue 10, item 10


def test_a_sleeping_modem_that_lost_its_power_is_noticed():
    async def scene(name, model):
        modem, script = await attached(name, model)
        saving = PowerSaving(modem)
        await saving.request_psm(86_400, 10)
        port = await modem.open_datagram(*PEER)
        script.say("%XMODEMSLEEP: 1,3600000")
        assert await saving.sleep(2000)
        registered = script.answers["AT+CEREG?"]
        # As after a start without a banner: no subscription, no network yet.
        script.answers["AT+CEREG?"] = ["\r\n+CEREG: 0,0\r\n" + OK, registered]
        generation = modem.generation
        await saving.wake()
        assert modem.generation == generation + 1
        await raised(errors.ModemReset, port.send(b"x"))
        assert not modem.pace.wakes_registered
        await modem.close()

    at_once(scene, (("NRF91", "nRF9151-LACA"),))


# 1.4


def test_a_host_side_that_resumes_with_lte_up_is_set_up_without_a_search():
    async def scene(name, model):
        modem, script = await attached(name, model)
        before = len(script.seen)
        script.say("Ready")
        await asyncio.sleep(0.05)
        await modem.attach()
        again = script.seen[before:]
        assert "AT+CEREG=5" in again
        assert not [line for line in again if line.startswith(("AT+CFUN=", "AT+CGACT=1"))]
        await modem.close()

    at_once(scene, (("NRF91", "nRF9151-LACA"), ("NRF91", "nRF9160-SICA")))


# 1.5


def test_slm_looks_after_data_mode_whether_the_bearer_is_still_there():
    async def scene():
        script = Script("nRF9160-SICA", SLM_ANSWERS)
        modem = Modem(script, family=nce_modem.NRF91)
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        script.answers["AT+CGACT?"] = "\r\n+CGACT: 0,1\r\n" + OK
        await port.send(b"12345678")
        script.answers["AT+CGACT?"] = "\r\n+CGACT: 0,0\r\n\r\n+CGACT: 1,1\r\n" + OK
        await port.send(b"12345678")
        await raised(errors.PdpLost, port.send(b"12345678"))
        assert modem.context_is_stale and modem.address is None
        await modem.close()

    asyncio.run(asyncio.wait_for(scene(), 20))


# 1.6


def test_slm_closes_all_sockets_of_an_earlier_run():
    for answers, closed in (
        (
            {"AT#XSOCKETSELECT?": "\r\n#XSOCKETSELECT: 1,1,0,2,-1,1,0\r\n"
             "#XSOCKETSELECT: 3,1,0,1,-1,2,0\r\n#XSOCKETSELECT: 3\r\n" + OK},
            ["AT#XSOCKETSELECT=1", "AT#XSOCKETSELECT=3"],
        ),
        # The first releases.
        ({"AT#XSOCKETSELECT?": ERROR, "AT#XSOCKET?": "\r\n#XSOCKET: 2,2,0,17\r\n" + OK},
         ["AT#XSOCKETSELECT=2"]),
        ({"AT#XSOCKETSELECT?": ERROR, "AT#XSOCKET?": ERROR}, []),
    ):  # fmt: skip

        async def scene(answers=answers, closed=closed):
            script = Script("nRF9160-SICA", dict(SLM_ANSWERS, **answers))
            modem = Modem(script, family=nce_modem.NRF91)
            await modem.power_on()
            found = [line for line in script.seen if line.startswith("AT#XSOCKETSELECT=")]
            assert found == closed, found
            assert script.seen.count("AT#XSOCKET=0") == len(closed)
            await modem.close()

        asyncio.run(asyncio.wait_for(scene(), 20))


# 1.7, 1.12


def test_polled_events_of_an_nrf91_say_data_or_the_end_of_the_socket():
    notice = nce_modem.NRF91.notice
    for text, expected in (
        ("3,1", DATA), ("3,17", DATA), ("3,8", CLOSED), ("3,16", CLOSED), ("3,32", CLOSED),
        ("3,4", None),
    ):  # fmt: skip
        found = notice(Urc("#XAPOLL", text, None))
        assert (found and found[0]) == expected, text
    for text in ("FAULT,0x00000002", "SHUTDOWN,0", "INIT,0"):
        assert notice(Urc("#XMODEM", text, None))[0] == CONTEXT_LOST, text


def test_an_empty_datagram_hides_nothing_behind_it():
    async def scene(name, model):
        read = "AT#XRECV=2,1,64,0"
        modem, script = await attached(name, model)
        port = await modem.open_datagram(*PEER)
        script.answers[read] = [OK, "\r\n#XRECV: 2,1,2\r\n6869\r\n" + OK, ERROR]
        assert await port.receive(0) == b"hi"
        script.answers[read] = OK
        assert await asyncio.wait_for(port.receive(0), 5) is None
        await modem.close()

    at_once(scene, (("NRF91", "nRF9151-LACA"),))


# 1.10, 2.3


def test_the_scales_of_the_signal_are_the_makers():
    cesq = ["99", "99", "255", "255", "20", "40"]
    assert signal.from_cesq(cesq)[1:3] == (-101, -10)  # TS 27.007, 8.69: the lower ends
    assert signal.from_nordic_cesq(cesq)[1:3] == (-100, -9.5)
    unknown = signal.from_nordic_cesq(["99", "99", "255", "255", "255", "255"])
    assert unknown == signal.NOTHING
    # SIM7080 AT manual, +CPSI.
    cpsi = "LTE CAT-M1,Online,460-00,0x333C,39589187,427,EUTRAN-BAND39,38350,5,5,-15,-104,-73,14"
    assert signal.from_cpsi(cpsi.split(",")) == (-73, -104, -15, 8)
    # 16 fields; registered or not.
    text = '1,"","","26201","0901",7,20,"0102AD11",334,6300,53,22,"","11100000","11100000",""'
    assert signal.from_xmonitor([v.strip('"') for v in text.split(",")])[1:] == (-87, None, -2)
    assert signal.from_xmonitor(["2"]) == signal.NOTHING


# 1.9


def test_granted_timers_are_read_without_leaving_what_tells_the_cause():
    async def scene(name, model):
        modem, script = await attached(name, model)
        script.answers["AT+CEREG?"] = (
            '\r\n+CEREG: 5,5,"00B7","00011B07",7,,,"00000101","00111000"\r\n' + OK
        )
        before = len(script.seen)
        assert await PowerSaving(modem).read_granted() == Granted(86_400, 10)
        assert script.seen[before:] == ["AT+CEREG?"]
        await modem.close()

    at_once(scene, (("NRF91", "nRF9151-LACA"), ("GM02S", "GM02S")))


# 1.11


def test_a_name_of_several_addresses_is_resolved_to_the_first_of_ipv4():
    async def scene(answer, expected):
        more = (('AT#XGETADDRINFO="a.example",1', '\r\n#XGETADDRINFO: "%s"\r\n' % answer + OK),)
        modem, _ = await attached("NRF91", "nRF9151-LACA", more)
        if expected:
            assert await modem.resolve("a.example") == expected
        else:
            await raised(errors.OpenFailed, modem.resolve("a.example"))
        await modem.close()

    at_once(
        scene,
        (
            ("192.0.2.7 192.0.2.8", "192.0.2.7"),
            ("2001:db8::1 192.0.2.8", "192.0.2.8"),
            ("2001:db8::1", None),
        ),
    )


def test_release_assistance_of_old_and_new_modem_firmware():
    async def scene(answer, expected):
        modem, script = await attached("NRF91", "nRF9151-LACA", (("AT%RAI=1", answer),))
        saving = PowerSaving(modem)
        port = await modem.open_datagram(*PEER)
        for answers in (0, 1):
            await saving.send_last(port, b'\r\nOK,"\r\n', answers)
        found = [line for line in script.seen if "RAI" in line or "TOPT=2,1,61" in line]
        assert found == expected
        await modem.close()

    at_once(
        scene,
        (
            (OK, ["AT%RAI=1", "AT#XSOCKETOPT=2,1,61,2", "AT#XSOCKETOPT=2,1,61,3"]),
            (ERROR, ["AT%RAI=1", "AT%XRAI=4", "AT%XRAI=3"]),
        ),
    )


# 2.1 is in test_sms_service.py; 2.2


def test_simcom_modems_are_told_to_keep_network_time():
    for family in (nce_modem.SIM7000, nce_modem.SIM7070, nce_modem.SIM7080):
        assert "?AT+CLTS=1" in family.profile.setup


# 2.6


def test_simcom_gets_new_timers_by_taking_the_old_request_back_first():
    for name, model, stored, written, resets in (
        ("SIM7080", "SIMCOM_SIM7080G", '0', ["=0", '=1,,,"00111000","00000101"'], 0),
        ("SIM7080", "SIMCOM_SIM7080G", '1,,,"00111000","00000101"',
         ['=1,,,"00111000","00000101"'], 0),
        ("SIM7080", "SIMCOM_SIM7080G", '1,,,"00000001","00000101"',
         ["=0", '=1,,,"00111000","00000101"'], 0),
        # SIM7000 heeds it from the next start.
        ("SIM7000", "SIMCOM_SIM7000G", '0', ["=0", '=1,,,"00111000","00000101"'], 1),
        ("SIM7000", "SIMCOM_SIM7000G", '1,,,"00111000","00000101"',
         ['=1,,,"00111000","00000101"'], 0),
    ):  # fmt: skip

        async def scene(name=name, model=model, stored=stored, written=written, resets=resets):
            more = (("AT+CPSMS?", "\r\n+CPSMS: %s\r\n" % stored + OK),)
            modem, script = await attached(name, model, more)
            saving = PowerSaving(modem)
            before = len(script.seen)
            await saving.request_psm(86_400, 10)
            found = [line[8:] for line in script.seen[before:] if line.startswith("AT+CPSMS=")]
            assert found == written, (name, stored, found)
            assert script.seen.count("AT+CFUN=1,1") == resets and modem.is_ready
            await modem.close()

        asyncio.run(asyncio.wait_for(scene(), 20))


def test_a_simcom_that_left_psm_by_itself_without_a_banner_has_booted():
    async def scene(name, model):
        modem, script = await attached(name, model)
        saving = PowerSaving(modem)
        generation = modem.generation
        script.say('+CPSMSTATUS: "ENTER PSM"')
        assert await saving.sleep(2000)
        script.say('+CPSMSTATUS: "EXIT PSM"')
        await asyncio.sleep(0.05)
        await saving.wake()
        assert modem.generation == generation + 1
        await modem.close()

    at_once(scene, (("SIM7080", "SIMCOM_SIM7080G"), ("SIM7000", "SIMCOM_SIM7000G")))


# 2.7


def test_a_sim7000_is_asked_for_no_more_than_it_holds():
    async def scene(held, expected):
        more = (
            ("AT+CIPRXGET=4,0", held),
            ("AT+CIPRXGET=2,0,2", ["\r\n+CIPRXGET: 2,0,2,0\r\nhi" + OK]),
        )
        modem, script = await attached("SIM7000", "SIMCOM_SIM7000G", more)
        port = await modem.open_datagram(*PEER)
        before = len(script.seen)
        await port.receive(0)
        assert script.seen[before + 1 : before + 2] == expected
        await modem.close()

    at_once(
        scene,
        (
            ("\r\n+CIPRXGET: 4,0,2\r\n" + OK, ["AT+CIPRXGET=2,0,2"]),
            ("\r\n+CIPRXGET: 4,0,0\r\n" + OK, []),
            ("\r\n+CIPRXGET: 4,0,1461\r\n" + OK, ["AT+CIPRXGET=2,0,1460"]),
            (ERROR, ["AT+CIPRXGET=2,0,1460"]),
        ),
    )


# 2.9


def test_signal_names_of_bg96_and_bg95_are_read_alike():
    for name in ("CAT-M1", "CAT-NB1", "eMTC", "NBIoT"):
        assert signal.from_qcsq([name, "-52", "-81", "195", "-10"]) == (-52, -81, -10, 19)


# 2.11, and issue 10, item 10


def test_the_last_datagram_says_so_where_the_radio_heeds_it():
    hexadecimal = "626F"
    for name, model, act, hint in (
        ("SIM7080", "SIMCOM_SIM7080G", 9, "AT+CRAI=1,0"),
        ("SIM7080", "SIMCOM_SIM7080G", 7, None),
        ("SIM7000", "SIMCOM_SIM7000G", 9, "AT+CRAI=1,0"),
    ):

        async def scene(name=name, model=model, act=act, hint=hint):
            cereg = '\r\n+CEREG: 2,5,"00B7","00011B07",%d\r\n' % act + OK
            modem, script = await attached(name, model, (("AT+CEREG?", cereg),))
            port = await modem.open_datagram(*PEER)
            await PowerSaving(modem).send_last(port, b"12345678", 0)
            assert [line for line in script.seen if "CRAI" in str(line)] == (
                [hint] if hint else []
            )
            await modem.close()

        asyncio.run(asyncio.wait_for(scene(), 20))

    for answer, act, inline, by_prompt in (
        ("\r\nSEND OK\r\n", 9, 2, 0),
        (ERROR, 9, 2, 2),  # a firmware without it: the datagrams leave all the same
        (ERROR, 8, 0, 2),
    ):

        async def quectel(modem, script, answer=answer, inline=inline, by_prompt=by_prompt):
            for release in (1, 2):
                text = 'AT+QISENDEX=0,"%s",%d' % (hexadecimal, release)
                script.answers[text] = answer
            await modem.attach()
            port = await modem.open_datagram(*PEER)
            for answers in (0, 1):
                await PowerSaving(modem).send_last(port, b"bo", answers)
            assert script.count("AT+QISENDEX=") == inline
            assert script.datagrams == [b"bo"] * by_prompt
            await PowerSaving(modem).send_last(port, bytes(257), 0)  # too long for its line
            assert script.datagrams[by_prompt:] == [bytes(257)]
            assert hexadecimal not in "".join(modem.transcript)

        script = ScriptedModem()
        script.answers["AT+CEREG?"] = '\r\n+CEREG: 2,5,"00B7","00011B07",%d\r\n' % act + OK
        play(quectel, script)


def test_a_device_says_with_its_record_that_one_answer_ends_it():
    from nce import Device
    from nce_modem.last_words import LastWords

    for act, hints in ((9, ["AT+CRAI=2,0"]), (7, [])):

        async def scene(act=act, hints=hints):
            cereg = '\r\n+CEREG: 2,5,"00B7","00011B07",%d\r\n' % act + OK
            modem, script = await attached("SIM7080", "SIMCOM_SIM7080G", (("AT+CEREG?", cereg),))
            bearer = LastWords(modem)
            script.answers['AT+CAOPEN=0,0,"UDP","coap.os.1nce.com",5683'] = (
                "\r\n+CAOPEN: 0,0\r\n" + OK
            )
            device = Device(bearer, topic="t", transport="coap")
            task = asyncio.create_task(device.send(b"x" * 8))
            await asyncio.sleep(0.6)
            assert [line for line in script.seen if "CRAI" in str(line)] == hints
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                pass
            assert bearer.awaited is None
            await modem.close()

        asyncio.run(asyncio.wait_for(scene(), 20))


# 2.5


def test_the_cause_of_a_bg95_is_read_in_any_mode():
    from nce_modem.registration import parse

    for text in ('2,3,"00B7","00011B07",8,0,15', "0,3,,,,0,15", '3,"00B7","00011B07",8,0,15'):
        assert (parse(text).stat, parse(text).cause) == (3, 15), text


# 2.12


def test_a_sim_that_an_earlier_owner_switched_off_is_switched_on():
    for answer in ("\r\n+CPIN: NOT READY\r\n" + OK, "\r\n+CME ERROR: 13\r\n",
                   "\r\n+CME ERROR: 10\r\n"):  # fmt: skip

        async def scene(modem, script):
            await modem.attach()
            assert script.count("AT+CFUN=1") == 1

        script = ScriptedModem()
        script.answers["AT+CPIN?"] = [answer, ANSWERS["AT+CPIN?"]]
        script.answers["AT+CFUN?"] = ["\r\n+CFUN: 0\r\n" + OK, ANSWERS["AT+CFUN?"]]
        play(scene, script)


def test_a_sim7080_resolves_names_by_the_bearer_that_is_up():
    async def scene(name, model):
        query = 'AT+CDNSGIP="a.example",1,20000'
        more = ((query, OK + '\r\n+CDNSGIP: 1,"a.example","192.0.2.7"\r\n'),)
        modem, script = await attached(name, model, more)
        assert await modem.resolve("a.example") == "192.0.2.7"
        assert script.seen[-2:] == ["AT+CDNSPDPID=0", query]
        await modem.close()

    at_once(scene, (("SIM7080", "SIMCOM_SIM7080G"),))


# 3.1


# Family, model; the question, what it answers before and after; the reset; what is written.
RADIO_CHOICES = (
    ("GM02S", "GM02S", "AT+SQNMODEACTIVE?", "+SQNMODEACTIVE: 1", "+SQNMODEACTIVE: 2",
     "AT^RESET", "AT+SQNMODEACTIVE=2"),
    ("SARA_R410", "SARA-R410M-02B", "AT+URAT?", "+URAT: 7,8", "+URAT: 8", "AT+CFUN=15",
     "AT+URAT=8"),
    ("SARA_R410", "SARA-R510S", "AT+URAT?", "+URAT: 7", "+URAT: 8", "AT+CFUN=16", "AT+URAT=8"),
)  # fmt: skip


def test_a_choice_of_radio_that_counts_after_a_restart_restarts_once_and_is_read_back():
    async def scene(name, model, asked, other, same, reset, written):
        other, same = ["\r\n%s\r\n%s" % (line, OK) for line in (other, same)]
        # What it reads back before and after -> how often it is written and restarted.
        for answers, count, is_refused in (
            ([other, same], 1, False),
            ([same], 0, False),
            ([other], 1, True),
        ):
            script = Script(model, {asked: answers, "AT+UPSND=0,8": "\r\n+UPSND: 0,8,1\r\n" + OK})
            script.answers["AT+UPSND=0,0"] = '\r\n+UPSND: 0,0,"10.160.0.7"\r\n' + OK
            if reset == "AT+CFUN=15":
                script.answers["AT+CFUN=16"] = ERROR
            modem = Modem(script, family=getattr(nce_modem, name), rats=("NB-IoT",))
            if is_refused:
                error = await raised(errors.UsageError, modem.attach())
                assert "did not keep AT+" in str(error), error
            else:
                await modem.attach()
                assert script.seen.count("AT+CMEE=1") == 1 + count, name  # set up again
            seen = [line for line in script.seen if line in (written, reset)]
            assert seen == [written, reset] * count, (name, seen)
            await modem.close()

    at_once(scene, RADIO_CHOICES)


# 3.2


def test_a_gm02s_socket_has_no_limit_of_inactivity():
    async def scene(name, model):
        modem, script = await attached(name, model)
        await modem.open_datagram(*PEER)
        assert "AT+SQNSCFG=1,1,300,0,600,50" in script.seen
        await modem.close()

    at_once(scene, (("GM02S", "GM02S"),))


# 3.3


def test_a_board_that_sees_a_pin_tells_of_the_sleep_of_a_gm02s():
    async def scene(name, model):
        modem, script = await attached(name, model)
        looks = []
        script.is_modem_asleep = lambda: looks.append(1) or len(looks) > 1
        assert await PowerSaving(modem).sleep(10_000)
        assert len(looks) == 2
        await modem.close()

    at_once(scene, (("GM02S", "GM02S"),))


# 3.4


def test_a_sleep_that_an_application_blocks_is_none():
    async def scene(name, model):
        modem, script = await attached(name, model)
        saving = PowerSaving(modem)
        script.say("+UUPSMR: 2,1")
        await asyncio.sleep(0.05)
        assert not await saving.sleep(30)
        script.say("+UUPSMR: 1")
        assert await saving.sleep(2000)
        await modem.close()

    at_once(scene, (("SARA_R410", "SARA-R410M-02B"),))


# 3.5, 3.8


async def sara(model, more):
    script = Script(model, {"AT+UPSND=0,0": '\r\n+UPSND: 0,0,"10.160.0.7"\r\n' + OK})
    script.answers.update(more)
    modem = Modem(script, family=nce_modem.SARA_R410)
    await modem.attach()
    return modem, script


def test_each_sara_has_its_own_form_of_one_suite():
    new, old = 'AT+USECPRF=0,2,100,"c0","a8",0', 'AT+USECPRF=0,2,99,"C0","A8"'
    for model, refused, expected in (
        ("SARA-R510S", None, [new]),
        ("SARA-R510S", new, [new, old]),
        ("SARA-R422S", None, [old]),
        ("SARA-R422S", old, [old, new]),
    ):

        async def scene(model=model, refused=refused, expected=expected):
            more = {"AT+UPSND=0,8": "\r\n+UPSND: 0,8,1\r\n" + OK}
            if refused:
                more[refused] = ERROR
            modem, script = await sara(model, more)
            await modem.family.secured("8988280666000000017", b"k" * 16).install(modem.link)
            assert [line for line in script.seen if line.startswith("AT+USECPRF=0,2")] == expected
            await modem.close()

        asyncio.run(asyncio.wait_for(scene(), 20))


def test_a_sara_r422_activates_a_context_that_only_looks_active():
    async def scene(model, count):
        modem, script = await sara(model, {"AT+UPSND=0,8": "\r\n+UPSND: 0,8,0\r\n" + OK})
        assert script.seen.count("AT+CGACT=1,1") == count, model
        await modem.close()

    at_once(scene, (("SARA-R422S", 1), ("SARA-R510S", 0)))


# 3.10


def test_the_other_name_of_the_access_point_is_named_where_it_helps():
    from nce_modem.diagnosis import explain

    for step, code in (("registration", 15), ("registration", 19), ("pdp", 177), ("pdp", 127)):
        found = explain(step, None if step == "registration" else code, cause=code)
        assert "sensor.net" in found[1], (step, code)
