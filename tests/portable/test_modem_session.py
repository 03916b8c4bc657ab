"""The asyncio adapter against a scripted modem: attach, sockets, and every way to lose them.

The script is a table of literal answers; nothing of the driver's grammar is used to make them.
"""

import asyncio

from nce_modem import BG95, SARA_R5, Modem, errors, progress
from nce_modem.detect import family_of

QUICK = BG95.changed(
    power_pulse_ms=5,
    power_off_pulse_ms=6,
    probe_timeout_ms=20,
    sync_gap_ms=5,
    boot_wait_ms=100,
    power_on_ms=1000,
    poll_ms=60,
)

ADDRESS = "10.160.0.7"

ANSWERS = {
    "AT": "\r\nOK\r\n",
    "AT+CGMM": "\r\nBG95-M3\r\n\r\nOK\r\n",
    "AT+CGMR": "\r\nBG95M3LAR02A03\r\n\r\nOK\r\n",
    "AT+CPIN?": "\r\n+CPIN: READY\r\n\r\nOK\r\n",
    "AT+QCCID": "\r\n+QCCID: 8988280666000000017\r\n\r\nOK\r\n",
    "AT+CGDCONT?": '\r\n+CGDCONT: 1,"IP","iot.1nce.net","0.0.0.0",0,0,0\r\n\r\nOK\r\n',
    "AT+QICSGP=1": '\r\n+QICSGP: 1,"iot.1nce.net","","",0\r\n\r\nOK\r\n',
    "AT+CFUN?": "\r\n+CFUN: 1\r\n\r\nOK\r\n",
    # The collision of a real log: an event, then the answer.
    "AT+CEREG?": '\r\n+CEREG: 2\r\n\r\n+CEREG: 2,5,"00B7","00011B07",8\r\n\r\nOK\r\n',
    "AT+QIACT?": '\r\n+QIACT: 1,1,1,"' + ADDRESS + '"\r\n\r\nOK\r\n',
    "AT+QIRD=0,1500": "\r\n+QIRD: 0\r\n\r\nOK\r\n",
    "AT+QIRD=1,1500": "\r\n+QIRD: 0\r\n\r\nOK\r\n",
}


class ScriptedModem:
    """Board, reader and writer in one; `script` overrides `ANSWERS` and may hold functions."""

    def __init__(self, **script):
        self.answers = dict(ANSWERS)
        self.commands = []
        self.datagrams = []
        self.pulses = 0
        self.send_result = "\r\nSEND OK\r\n"
        self._typed = b""
        self._missing = 0
        self._out = b""
        self._more = asyncio.Event()
        self._is_gone = False

    # As a board.

    async def open_uart(self):
        return self, self

    def power_key(self, is_pressed):
        self.pulses += is_pressed

    # As a reader and a writer.

    async def read(self, size):
        while not self._out and not self._is_gone:
            self._more.clear()
            await self._more.wait()
        data, self._out = self._out[:size], self._out[size:]
        return data

    def write(self, data):
        before = None
        for byte in bytes(data):
            is_end, before = (before, byte) == (13, 10) and not self._typed, byte
            if is_end:
                pass  # of the CR LF that ends a line
            elif self._missing:
                self._typed += bytes((byte,))
                self._missing -= 1
                if not self._missing:
                    self.datagrams.append(self._typed)
                    self._typed = b""
                    self.say(self.send_result)
            elif byte == 13:
                line, self._typed = self._typed.decode(), b""
                self.commands.append(line)
                self.on_command(line)
            else:
                self._typed += bytes((byte,))

    async def drain(self):
        pass

    # As a modem.

    def say(self, text):
        self._out += text if isinstance(text, bytes) else text.encode()
        self._more.set()

    def vanish(self):
        self._is_gone = True
        self._more.set()

    def on_command(self, line):
        answer = self.answers.get(line)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if answer is not None:
            self.say(answer)
        elif line.startswith("AT+QIOPEN="):
            self.say("\r\nOK\r\n\r\n+QIOPEN: %s,0\r\n" % line.split(",")[1])
        elif line.startswith("AT+QISEND="):
            self._missing = int(line.split(",")[1])
            self.say("\r\n> ")
        else:
            self.say("\r\nOK\r\n")

    def count(self, start):
        return len([line for line in self.commands if line.startswith(start)])


def play(scene, modem_script=None, family=QUICK, **options):
    """Run `scene(modem, script)` within a bound."""

    async def within():
        script = modem_script or ScriptedModem()
        modem = Modem(script, family=family, **options)
        try:
            await asyncio.wait_for(scene(modem, script), 20)
        finally:
            await modem.close()

    asyncio.run(within())


async def raised(kind, awaitable):
    """The error of a kind that awaiting raises."""
    try:
        await awaitable
    except kind as error:
        return error
    raise AssertionError("no %s was raised" % kind.__name__)


def test_an_awaited_result_is_told_to_nobody_else():
    told = []

    async def scene(modem, script):
        await modem.attach()
        del told[:]
        await modem.open_datagram("udp.os.1nce.com", 4445)
        script.answers['AT+QIDNSGIP=1,"a.example"'] = (
            '\r\nOK\r\n\r\n+QIURC: "dnsgip",0,1,600\r\n\r\n+QIURC: "dnsgip","192.0.2.7"\r\n'
        )
        assert await modem.resolve("a.example") == "192.0.2.7"
        script.say("\r\n+QIOPEN: 7,0\r\n")  # nobody's
        await asyncio.sleep(0.05)
        assert [event.line for event in told if isinstance(event, progress.Noticed)] == [
            "+QIOPEN: 7,0"
        ]

    play(scene, on_event=told.append)


def test_no_other_result_with_its_number_is_that_of_an_open():
    async def scene(modem, script):
        await modem.attach()
        for kind, opening in (("UDP", modem.open_datagram), ("TCP", modem.open_connection)):
            text = 'AT+QIOPEN=1,%d,"%s","198.51.100.7",80,0,0' % (len(modem.sockets), kind)
            number = len(modem.sockets)
            script.answers[text] = "\r\nOK\r\n\r\n+CSCON: %d,1\r\n\r\n+QIOPEN: %d,0\r\n" % (
                number,
                number,
            )
            await opening("198.51.100.7", 80)
            assert script.count(text) == 1

    play(scene)


def test_the_close_of_a_socket_that_nobody_has_is_told_and_harms_nothing():
    told = []

    async def scene(modem, script):
        await modem.power_on()
        del told[:]
        script.say('\r\n+QIURC: "closed",7\r\n\r\n+QIURC: "recv",7\r\n')
        await modem.family.ask(modem.link, "AT")
        assert [event.socket_id for event in told] == [7] and modem.link.is_open

    play(scene, on_event=told.append)


def test_an_apn_that_the_network_lengthened_is_the_one_that_was_set():
    for name, count in (
        ("iot.1nce.net.mnc040.mcc901.gprs", 0),
        ("IOT.1nce.net", 0),
        ("iot.1nce.net.x", 1),
    ):

        async def scene(modem, script, name=name, count=count):
            answers = ANSWERS["AT+CGDCONT?"]
            script.answers["AT+CGDCONT?"] = [answers.replace("iot.1nce.net", name), answers]
            await modem.attach()
            assert script.count("AT+CGDCONT=1") == count, name

        play(scene)


def test_what_is_taken_goes_no_further():
    told = []

    async def scene(modem, script):
        await modem.power_on()
        del told[:]
        taken = []
        modem.link.offer_urcs_to(lambda urc: taken.append(urc.text) or urc.text == "1")
        modem.link.offer_urcs_to(lambda urc: taken.append("second") or False)
        script.say("\r\n+CSCON: 1\r\n\r\n+CSCON: 0\r\n")
        await asyncio.sleep(0.05)
        assert taken == ["1", "0", "second"]
        assert [event.line for event in told] == ["+CSCON: 0"]

    play(scene, on_event=told.append)


def test_a_bearer_whose_address_is_none_is_not_up():
    async def scene(modem, script):
        error = await raised(errors.AttachError, modem.attach())
        assert error.step == "pdp"
        assert modem.address is None

    for address in ("fe80::1", "1.2.3.4;+CFUN=0", "0.0.0.0"):
        text = '\r\n+QIACT: 1,1,1,"%s"\r\n\r\nOK\r\n' % address
        script = ScriptedModem()
        script.answers["AT+QIACT?"] = text
        play(scene, script, limits_ms={"pdp": 50, "registration": 500})


def test_what_is_noticed_is_masked():
    told = []

    async def scene(modem, script):
        await modem.power_on()
        del told[:]
        script.say("\r\n+QCCID: 8988280666000000017\r\n\r\n8988280666000000017\r\n")
        script.say('\r\n+CMT: "+4915112345678",,"26/01/01,00:00:00+00"\r\nthe code is 4711\r\n')
        script.say('\r\n+CDS: 6,101,"+4915112345678",145,"26/01/01","26/01/01",0\r\n')
        await asyncio.sleep(0.05)
        assert [type(event) for event in told] == [progress.Noticed] * 4
        for secret in ("8988280666", "15112345678", "4711"):
            assert secret not in repr(told), told

    play(scene, on_event=told.append)


def test_modem_attaches_as_a_roamer_and_carries_datagrams_both_ways():
    told = []

    async def scene(modem, script):
        await modem.power_on()
        await modem.attach()
        assert modem.address == ADDRESS
        port = await modem.open_datagram("udp.os.1nce.com", 4445)
        assert port.max_datagram == 1460
        await port.send(b"AT\r\nOK\r\n> hello")
        assert script.datagrams == [b"AT\r\nOK\r\n> hello"]
        script.answers["AT+QIRD=0,1500"] = [
            b"\r\n+QIRD: 6\r\n\r\nOK\r\n\r\n\r\nOK\r\n",
            b"\r\n+QIRD: 0\r\n\r\nOK\r\n",
        ]
        script.say('\r\n+QIURC: "recv",0\r\n')
        assert await port.receive(2000) == b"\r\nOK\r\n"
        assert await port.receive(30) is None
        await port.close()
        await port.close()
        assert script.count("AT+QICLOSE=0") == 1

    play(scene, on_event=told.append)
    kinds = [type(event).__name__ for event in told if not isinstance(event, progress.Noticed)]
    assert kinds == ["PoweredOn", "SimReady", "Registered", "PdpActive", "Opened"], told
    assert told[0] == progress.PoweredOn("BG95-M3", "BG95M3LAR02A03")
    assert progress.SimReady("89882**************") in told
    assert progress.Registered(5, "LTE-M", "00B7", "00011B07") in told


def test_attaching_again_changes_nothing():
    async def scene(modem, script):
        await modem.attach()
        before = len(script.commands)
        await modem.attach()
        repeated = script.commands[before:]
        assert "AT+QIACT=1" not in repeated and "AT+CFUN=1" not in repeated
        assert not [line for line in repeated if line.startswith(("AT+CGDCONT=", "AT+QICSGP=1,"))]

    play(scene)


def test_apn_is_written_only_when_it_differs_and_with_the_radio_off():
    async def scene(modem, script):
        answer = "\r\n+CGDCONT: 1,%s\r\n\r\nOK\r\n"
        script.answers["AT+CGDCONT?"] = [
            answer % '"IPV4V6","old.apn"',
            answer % '"IP","iot.1nce.net"',
        ]
        script.answers["AT+CFUN?"] = "\r\n+CFUN: 4\r\n\r\nOK\r\n"
        await modem.attach()
        wanted = ["AT+CFUN=4", 'AT+CGDCONT=1,"IP","iot.1nce.net"', "AT+CFUN=1"]
        assert [line for line in script.commands if line in wanted] == wanted

    play(scene)


def test_missing_sim_is_named():
    async def scene(modem, script):
        script.answers["AT+CPIN?"] = "\r\n+CME ERROR: 10\r\n"
        error = await raised(errors.AttachError, modem.attach())
        assert error.step == "sim" and error.reason == "no SIM card found", error
        assert "seated" in error.remedy
        assert "> AT+CPIN?" in error.transcript

    play(scene)


def test_busy_sim_is_waited_for():
    async def scene(modem, script):
        script.answers["AT+CPIN?"] = ["\r\n+CME ERROR: 14\r\n", "\r\n+CPIN: READY\r\n\r\nOK\r\n"]
        await modem.attach()

    play(scene)


def test_search_without_end_is_bounded_and_explained():
    async def scene(modem, script):
        for domain in ("CEREG", "CGREG", "CREG"):
            script.answers["AT+%s?" % domain] = "\r\n+%s: 2,2\r\n\r\nOK\r\n" % domain
        script.answers["AT+QCSQ"] = '\r\n+QCSQ: "NOSERVICE"\r\n\r\nOK\r\n'
        error = await raised(errors.AttachError, modem.attach())
        assert error.step == "registration", error
        assert "+CEREG 2" in error.evidence and "NOSERVICE" in error.evidence, error.evidence
        assert "antenna" in error.remedy
        assert isinstance(error, OSError) and "registration" in str(error)

    play(scene, limits_ms={"registration": 100})


def test_refused_subscription_stops_at_once():
    async def scene(modem, script):
        script.answers["AT+CEREG?"] = '\r\n+CEREG: 3,3,"00B7","0001",8,0,8\r\n\r\nOK\r\n'
        for domain in ("CGREG", "CREG"):
            script.answers["AT+%s?" % domain] = "\r\n+%s: 0,0\r\n\r\nOK\r\n" % domain
        error = await raised(errors.AttachError, modem.attach())
        assert "subscription" in error.reason and "1NCE portal" in error.remedy, error

    play(scene)


def test_only_one_domain_needs_to_be_registered():
    async def scene(modem, script):
        script.answers["AT+CEREG?"] = "\r\n+CEREG: 0,4\r\n\r\nOK\r\n"
        script.answers["AT+CGREG?"] = "\r\nERROR\r\n"
        script.answers["AT+CREG?"] = "\r\n+CREG: 0,5\r\n\r\nOK\r\n"
        await modem.attach()

    play(scene)


def test_full_send_buffer_is_tried_again():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram("10.60.2.239", 4445)
        script.send_result = "\r\nSEND FAIL\r\n"
        task = asyncio.create_task(port.send(b"once"))
        while not script.datagrams:
            await asyncio.sleep(0.01)
        script.send_result = "\r\nSEND OK\r\n"
        await task
        assert script.datagrams == [b"once", b"once"]

    play(scene)


def test_datagram_beyond_the_limit_is_refused_before_the_modem_sees_it():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram("10.60.2.239", 4445)
        error = await raised(errors.DatagramTooLarge, port.send(bytes(1461)))
        assert "1461" in str(error) and "1460" in str(error)
        assert script.count("AT+QISEND") == 0

    play(scene)


def test_restart_during_a_send_kills_the_socket_and_attach_recovers():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram("10.60.2.239", 4445)
        script.answers["AT+QISEND=0,5"] = "\r\nRDY\r\n"
        await raised(errors.ModemReset, port.send(b"hello"))
        assert modem.generation == 1
        await raised(errors.ModemReset, port.send(b"hello"))
        await raised(errors.ModemReset, port.receive(1000))
        await port.close()
        assert script.count("AT+QISEND") == 1 and not script.datagrams
        del script.answers["AT+QISEND=0,5"]
        echoes_off = script.count("ATQ0V1E0")
        await modem.attach()
        assert script.count("ATQ0V1E0") == echoes_off + 1
        port = await modem.open_datagram("10.60.2.239", 4445)
        await port.send(b"hello")
        assert script.datagrams == [b"hello"]

    play(scene)


def test_receiver_is_woken_by_a_restart():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram("10.60.2.239", 4445)
        task = asyncio.create_task(raised(errors.ModemReset, port.receive(15_000)))
        await asyncio.sleep(0.03)
        script.say("\r\nAPP RDY\r\n")
        await task

    play(scene)


def test_lost_bearer_is_told_and_attach_brings_it_back():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram("10.60.2.239", 4445)
        active = script.answers["AT+QIACT?"]
        script.answers["AT+QISTATE?"] = (
            '\r\n+QISTATE: 0,"UDP","10.60.2.239",4445,5000,2,1,0,0,"uart1"\r\n\r\nOK\r\n'
        )
        script.say('\r\n+QIURC: "pdpdeact",1\r\n')
        await raised(errors.PdpLost, port.receive(5000))
        await raised(errors.PdpLost, port.send(b"x"))
        script.answers["AT+QIACT?"] = ["\r\nOK\r\n", active]
        await modem.attach()
        assert script.count("AT+QICLOSE=0") == 1 and script.count("AT+QIACT=1") == 1

    play(scene)


def test_unknown_fate_of_a_datagram_is_an_error_and_it_is_never_sent_twice():
    family = BG95.changed(timeouts={"+QISEND": 50}, probe_timeout_ms=20)

    async def scene(modem, script):
        modem.family = family
        await modem.attach()
        port = await modem.open_datagram("10.60.2.239", 4445)
        script.send_result = ""
        await raised(errors.CommandTimeout, port.send(b"hello"))
        assert script.datagrams == [b"hello"]
        # The answer that comes too late belongs to nobody, and the next command to nobody else.
        script.say("\r\nSEND OK\r\n")
        assert await port.receive(100) is None
        assert script.datagrams == [b"hello"]

    play(scene)


def test_silent_modem_gets_its_power_key_and_then_an_error():
    async def scene(modem, script):
        script.on_command = lambda line: None
        error = await raised(errors.ModemSilent, modem.power_on())
        assert "baud" in str(error)
        assert script.pulses >= 2

    passed_ms = [0]

    def now_ms():
        # Time that passes by being asked for: a slow machine gets no fewer tries.
        passed_ms[0] += 2
        return passed_ms[0]

    play(scene, now_ms=now_ms)


def test_modem_that_is_off_is_switched_on():
    async def scene(modem, script):
        awake = script.on_command
        script.on_command = lambda line: None

        def press(is_pressed):
            if not is_pressed:
                script.say(b"\0\xff\r\nRDY\r\n")
                script.on_command = awake

        script.power_key = press
        await modem.power_on()
        assert modem.model == "BG95-M3"

    play(scene)


def test_late_banner_during_set_up_is_lived_through():
    async def scene(modem, script):
        script.answers["AT+CMEE=1"] = ["\r\nAPP RDY\r\n", "\r\nOK\r\n"]
        await modem.attach()
        assert script.count("ATQ0V1E0") == 2

    play(scene)


def test_end_of_the_line_reaches_everyone_who_waits():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram("10.60.2.239", 4445)
        receiving = asyncio.create_task(raised(errors.LineClosed, port.receive(15_000)))
        script.answers["AT+QISEND=0,1"] = ""
        sending = asyncio.create_task(raised(errors.LineClosed, port.send(b"x")))
        await asyncio.sleep(0.03)
        script.vanish()
        await receiving
        await sending
        await raised(errors.LineClosed, port.send(b"x"))
        await raised(errors.LineClosed, modem.open_datagram("10.60.2.239", 4445))

    play(scene)


def test_two_sockets_receive_at_the_same_time():
    async def scene(modem, script):
        await modem.attach()
        first = await modem.open_datagram("10.60.2.239", 4445)
        second = await modem.open_datagram("10.60.2.240", 5683)
        both = [asyncio.create_task(port.receive(3000)) for port in (first, second)]
        await asyncio.sleep(0.03)
        for socket_id, data in ((1, "two"), (0, "one")):
            script.answers["AT+QIRD=%d,1500" % socket_id] = [
                "\r\n+QIRD: 3\r\n%s\r\n\r\nOK\r\n" % data,
                "\r\n+QIRD: 0\r\n\r\nOK\r\n",
            ]
            script.say('\r\n+QIURC: "recv",%d\r\n' % socket_id)
        assert await both[0] == b"one" and await both[1] == b"two"

    play(scene)


def test_lost_notice_is_made_good_by_asking():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram("10.60.2.239", 4445)
        assert await port.receive(20) is None
        script.answers["AT+QIRD=0,1500"] = ["\r\n+QIRD: 2\r\nhi\r\n\r\nOK\r\n"]
        assert await port.receive(5000) == b"hi"

    play(scene)


def test_refused_socket_says_its_code_and_a_used_id_is_freed_first():
    async def scene(modem, script):
        await modem.attach()
        opening = 'AT+QIOPEN=1,0,"UDP","nowhere.example",5683,0,0'
        script.answers[opening] = "\r\nOK\r\n\r\n+QIOPEN: 0,565\r\n"
        error = await raised(errors.OpenFailed, modem.open_datagram("nowhere.example", 5683))
        assert error.code == 565 and script.count("AT+QICLOSE=0") == 1
        script.answers[opening] = [
            "\r\nOK\r\n\r\n+QIOPEN: 0,563\r\n",
            "\r\nOK\r\n\r\n+QIOPEN: 0,0\r\n",
        ]
        await modem.open_datagram("nowhere.example", 5683)
        assert script.count("AT+QICLOSE=0") == 2

    play(scene)


def test_far_end_closing_is_told():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram("10.60.2.239", 4445)
        script.say('\r\n+QIURC: "closed",0\r\n')
        await raised(errors.SocketDead, port.receive(1000))
        await port.close()
        assert script.count("AT+QICLOSE=0") == 1

    play(scene)


def test_a_family_is_named_by_an_object_or_by_text():
    for family in (BG95, "BG95", "bg95", "Bg95"):
        assert Modem(ScriptedModem(), family=family).family is BG95
    for text in ("sara-r5", "SARA_R5", "Sara_R5"):
        assert Modem(ScriptedModem(), family=text).family is SARA_R5
    assert Modem(ScriptedModem(), family="bg77").family.profile.name == "Quectel BG77"


def test_each_model_is_told_by_its_own_name():
    for line, name in (
        ("BG95-M3", "Quectel BG95"),
        ("BG96", "Quectel BG96"),
        ("BG77", "Quectel BG77"),
        ("EC21", "Quectel EC21"),
        ("EC25", "Quectel EC25"),
        ("EG91", "Quectel EG91"),
        ("EG95", "Quectel EG95"),
        ("Model: A7672E-FASE", "SIMCom A76XX"),
        ("A7670SA-FASE", "SIMCom A76XX"),
        ("SIMCOM_SIM7600E-H", "SIMCom SIM7600"),
        ("SIMCOM_SIM7000G", "SIMCom SIM7000"),
        ("SIMCOM_SIM7070G", "SIMCom SIM7070"),
        ("SIM7080G R1951", "SIMCom SIM7080"),
        ("SIMCOM_SIM7090G", "SIMCom SIM7090"),
        ("SARA-R410M-02B", "u-blox SARA-R410"),
        ("SARA-R412M-02B", "u-blox SARA-R412"),
        ("SARA-R422S", "u-blox SARA-R422"),
        ("SARA-R510S", "u-blox SARA-R5"),
        ("nRF9160-SICA", "Nordic nRF91 (Serial Modem)"),
        ("GM02S", "Sequans GM02S"),
    ):
        assert family_of(["+X: 1", line]).profile.name == name


def test_a_name_of_no_family_is_refused_with_all_there_are():
    for text in ("bg59", "", "AttachError", "quectel", "b"):
        try:
            Modem(ScriptedModem(), family=text)
        except errors.UsageError as error:
            assert repr(text) in str(error), error
            for name in ("BG95", "SIM7080", "SIM7000", "SARA_R410", "SARA_R5", "NRF91", "GM02S"):
                assert name in str(error), error
        else:
            raise AssertionError("%r is no family" % text)


def asked(scene, modem_script=None, on_event=None, **answers):
    """Run `scene(modem, script)` with a modem of which no family was named."""

    async def within():
        script = modem_script or ScriptedModem()
        script.answers.update({"ATQ0V1": "\r\nOK\r\n"})
        script.answers.update(answers)
        modem = Modem(script, on_event=on_event)
        try:
            await asyncio.wait_for(scene(modem, script), 20)
        finally:
            await modem.close()

    asyncio.run(within())


class Uart:
    """`machine.UART` as far as a stream closes it: it has `deinit`, and no `close`."""

    def __init__(self):
        self.closed = 0

    def deinit(self):
        self.closed += 1


class BoardStream:
    """MicroPython's `asyncio.Stream` on that UART."""

    def __init__(self, modem):
        self.s = Uart()
        self.read = modem.read
        self.write = modem.write
        self.drain = modem.drain

    def close(self):
        pass

    async def wait_closed(self):
        self.s.close()


def test_the_uart_of_a_board_is_closed_by_its_deinit():
    class Script(ScriptedModem):
        async def open_uart(self):
            self.stream = BoardStream(self)
            return self.stream, self.stream

    async def scene(modem, script):
        await modem.power_on()
        await modem.close()
        assert script.stream.s.closed == 1

    play(scene, Script())


def test_a_modem_of_which_no_family_was_named_is_asked_when_it_is_powered_on():
    async def scene(modem, script):
        assert script.commands == []
        await modem.attach()
        assert modem.family is BG95
        assert modem.model == "BG95-M3"
        # The answer is kept: nobody is asked twice.
        script.say("\r\nRDY\r\n")
        await asyncio.sleep(0.05)
        await modem.attach()
        assert script.count("AT+CGMI") == 1

    asked(scene, ATI="\r\nQuectel\r\nBG95-M3\r\nRevision: BG95M3LAR02A03\r\n\r\nOK\r\n")


def test_an_unknown_modem_is_told_by_what_it_says_of_itself():
    async def scene(modem, script):
        error = await raised(errors.UsageError, modem.attach())
        assert error.is_permanent
        assert "Acme" in str(error) and "X1000" in str(error) and "family=" in str(error), error

    asked(
        scene,
        ATI="\r\nAcme\r\n\r\nOK\r\n",
        **{"AT+CGMM": "\r\nX1000\r\n\r\nOK\r\n", "AT+CGMR": "\r\n1\r\n\r\nOK\r\n"},
    )


def test_what_needs_the_family_says_that_nobody_was_asked_yet():
    async def scene(modem, script):
        for opening in (
            modem.open_datagram("10.60.2.239", 4445),
            modem.open_unconnected(5683),
            modem.resolve("a.example"),
        ):
            error = await raised(errors.LineClosed, opening)
            assert "power_on()" in str(error), error

    asked(scene)


def test_an_unread_answer_is_told_in_words():
    told = []

    async def scene(modem, script):
        await modem.power_on()
        del told[:]
        script.say("\r\nHELLO WORLD\r\n")
        script.say("\r\nOK\r\n")
        await asyncio.sleep(0.05)
        assert [event.line for event in told] == [
            "ignored, unknown: HELLO WORLD",
            "ignored, orphan: OK",
        ]

    play(scene, on_event=told.append)


def test_the_lines_of_a_modem_that_starts_are_no_riddle_while_its_family_is_asked():
    told = []

    class Booting(ScriptedModem):
        def on_command(self, line):
            if self.commands.count("AT+CGMI") == 1 and line == "AT+CGMI":
                self.say("\r\n+QUSIM: 1\r\n\r\n+QIND: SMS DONE\r\n")
                self.say("\r\nRDY\r\n\r\nAPP RDY\r\n\r\nSMS Ready\r\n\r\nPB DONE\r\n")
            else:
                super().on_command(line)

    async def scene(modem, script):
        await modem.power_on()
        lines = [event.line for event in told if hasattr(event, "line")]
        assert {"PB DONE", "APP RDY", "+QUSIM: 1", "+QIND: SMS DONE"} <= set(lines), lines
        assert not [line for line in lines if "ignored" in line], lines
        assert [event for event in told if hasattr(event, "banner")] == [progress.Restarted("RDY")]

    asked(scene, Booting(), on_event=told.append, ATI="\r\nQuectel\r\nBG95-M3\r\n\r\nOK\r\n")


def test_too_many_attaches_end_at_once_with_the_time_of_the_next():
    told = []

    async def scene(modem, script):
        for _ in range(24):
            modem.pace.count(modem.now_ms())
        modem.pace.succeed()
        error = await raised(errors.AttachError, modem.attach())
        assert error.step == "pace" and not error.is_permanent, error
        assert 86_390_000 < error.retry_after_ms <= 86_400_000
        assert "24 attaches" in error.evidence and "sleep" in error.remedy, error
        assert script.commands == [] and told == []

    play(scene, on_event=told.append)


def test_short_pause_is_waited_and_told_and_can_be_cancelled():
    told = []

    async def scene(modem, script):
        for _ in range(4):
            modem.pace.count(modem.now_ms())
        task = asyncio.create_task(modem.attach())
        await asyncio.sleep(0.05)
        task.cancel()
        await raised(asyncio.CancelledError, task)
        assert len(told) == 1 and isinstance(told[0], progress.Waiting), told
        assert 25_000 < told[0].ms <= 30_000 and script.commands == []
        modem.pace.succeed()
        await modem.attach()

    play(scene, on_event=told.append)


def test_registered_modem_needs_no_attach_of_the_daily_limit():
    async def scene(modem, script):
        await modem.attach()
        for _ in range(24):
            modem.pace.count(modem.now_ms())
        modem.pace.succeed()
        active = script.answers["AT+QIACT?"]
        script.say('\r\n+QIURC: "pdpdeact",1\r\n')
        while modem.address is not None:
            await asyncio.sleep(0.01)
        script.answers["AT+QIACT?"] = ["\r\nOK\r\n", active]
        await modem.attach()
        assert modem.address == ADDRESS

    play(scene)


def test_bearer_that_keeps_failing_restarts_the_radio_then_the_modem():
    async def scene(modem, script):
        active = script.answers["AT+QIACT?"]
        script.answers["AT+QIACT?"] = "\r\nOK\r\n"
        script.answers["AT+QIACT=1"] = "\r\nERROR\r\n"
        # (commands that restart the radio, presses of the key) after each try.
        seen = []
        for _ in range(3):
            error = await raised(errors.AttachError, modem.attach())
            assert error.step == "pdp", error
            seen.append((script.count("AT+CFUN=4"), script.count("AT+CFUN=1"), script.pulses))
            modem.pace.failures = 0  # no pauses here
        # The second try restarts the radio and counts a third failure, the next one presses.
        assert seen == [(0, 0, 0), (1, 1, 0), (1, 1, 1)], seen
        assert modem.generation == 1 and modem.pace.bearer_failures == 5
        script.answers["AT+QIACT?"] = active
        await modem.attach()
        assert modem.pace.bearer_failures == 0

    play(scene, limits_ms={"pdp": 100})


def test_bearer_refused_for_good_restarts_nothing():
    async def scene(modem, script):
        script.answers["AT+QIACT?"] = "\r\nOK\r\n"
        script.answers["AT+QIACT=1"] = "\r\n+CME ERROR: 133\r\n"
        for _ in range(4):
            error = await raised(errors.AttachError, modem.attach())
            assert error.is_permanent and "subscription" in error.reason, error
            modem.pace.failures = 0
        assert script.count("AT+CFUN=4") == 0 and script.pulses == 0

    play(scene, limits_ms={"pdp": 100})


def test_spent_daily_limit_restarts_nothing():
    async def scene(modem, script):
        await modem.attach()
        for _ in range(24):
            modem.pace.count(modem.now_ms())
        script.answers["AT+QIACT?"] = "\r\nOK\r\n"
        script.answers["AT+QIACT=1"] = "\r\nERROR\r\n"
        for _ in range(4):
            modem.pace.failures = 0
            await raised(errors.AttachError, modem.attach())
        assert script.count("AT+CFUN=4") == 0 and script.pulses == 0

    play(scene, limits_ms={"pdp": 100})


def test_attach_can_be_cancelled_at_every_command_and_taken_up_again():
    async def attached(modem, script, stop_at):
        task = asyncio.create_task(modem.attach())
        passes = 0
        while not task.done() and len(script.commands) < stop_at:
            # Time passes only when everybody waits: the next command must not be missed.
            passes += 1
            await asyncio.sleep(0 if passes % 50 else 0.001)
        was_cancelled = not task.done()
        if was_cancelled:
            task.cancel()
            await raised(asyncio.CancelledError, task)
        modem.pace.succeed()
        await modem.attach()
        assert modem.address == ADDRESS
        return was_cancelled

    tried = 0
    is_cut = True
    while is_cut:
        script = ScriptedModem()
        script.answers["AT+CFUN?"] = ["\r\n+CFUN: 4\r\n\r\nOK\r\n", ANSWERS["AT+CFUN?"]]
        script.answers["AT+QIACT?"] = ["\r\nOK\r\n", ANSWERS["AT+QIACT?"]]
        stop_at = tried + 1
        cut = []

        async def scene(modem, script, stop_at=stop_at, cut=cut):
            cut.append(await attached(modem, script, stop_at))

        play(scene, script)
        is_cut = cut[0]
        tried += is_cut
    assert tried > 15, tried
