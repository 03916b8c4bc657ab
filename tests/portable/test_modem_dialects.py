"""Each family against a scripted modem: what is written to open, send, read and close.

The bytes come from the vendors' manuals; nothing of the driver's grammar is used to make them.
"""

import asyncio

import nce_modem
from nce_modem import Modem, errors
from nce_modem.detect import family_of
from nce_modem.families import nordic_slm
from nce_modem.kept_pace import restore, save
from nce_modem.pace import ATTACHES_A_DAY, Pace
from nce_modem.radio import band_mask, commands

OK = "\r\nOK\r\n"
PAYLOAD = b'\r\nOK,"\r\n'
HEX = "0D0A4F4B2C220D0A"

ANSWERS = {
    "AT+CPIN?": "\r\n+CPIN: READY\r\n" + OK,
    "AT+CGDCONT?": '\r\n+CGDCONT: 0,"IP","iot.1nce.net"\r\n'
    '\r\n+CGDCONT: 1,"IP","iot.1nce.net"\r\n' + OK,
    "AT+CFUN?": "\r\n+CFUN: 1\r\n" + OK,
    "AT+CEREG?": '\r\n+CEREG: 2,5,"00B7","00011B07",7\r\n' + OK,
    "AT+CGPADDR=0": '\r\n+CGPADDR: 0,"10.160.0.7"\r\n' + OK,
    "AT+CGPADDR=1": '\r\n+CGPADDR: 1,"10.160.0.7"\r\n' + OK,
}

# Family; model; its answers; for open, send, read, close: the commands that must be written, in
# order. A payload that a prompt asked for stands in the list as bytes.
CASES = (
    (
        "SIM7080",
        "SIMCOM_SIM7080G",
        {
            "AT+CNCFG?": '\r\n+CNCFG: 0,1,"iot.1nce.net","","",0\r\n' + OK,
            "AT+CNACT?": '\r\n+CNACT: 0,1,"10.160.0.7"\r\n\r\n+CNACT: 1,0,"0.0.0.0"\r\n' + OK,
            'AT+CAOPEN=0,0,"UDP","10.60.2.239",4445': "\r\n+CAOPEN: 0,0\r\n" + OK,
            "AT+CASEND=0,8": "\r\n>",
            "payload": OK,
            "AT+CARECV=0,1459": ["\r\n+CARECV: 8," + PAYLOAD.decode() + "\r\n" + OK,
                                 "\r\n+CARECV: 0\r\n" + OK],
        },
        ("AT+CACID=0", 'AT+CAOPEN=0,0,"UDP","10.60.2.239",4445', "AT+CASEND=0,8", PAYLOAD,
         "AT+CARECV=0,1459", "AT+CACLOSE=0"),
    ),
    (
        "SIM7080_TELLING_ID",
        "SIMCOM_SIM7080G",
        {
            "AT+CNACT?": '\r\n+CNACT: 0,1,"10.160.0.7"\r\n' + OK,
            'AT+CAOPEN=0,0,"UDP","10.60.2.239",4445': "\r\n+CAOPEN: 0,0\r\n" + OK,
            "AT+CASEND=0,8": "\r\n>",
            "payload": OK,
            "AT+CARECV=0,1459": ["\r\n+CARECV: 0,8," + PAYLOAD.decode() + "\r\n" + OK,
                                 "\r\n+CARECV: 0,0\r\n" + OK],
        },
        ("AT+CACID=0", "AT+CASEND=0,8", PAYLOAD, "AT+CARECV=0,1459", "AT+CACLOSE=0"),
    ),
    (
        "SIM7000",
        "SIMCOM_SIM7000G",
        {
            "AT+CIPSHUT": "\r\nSHUT OK\r\n",
            "AT+CIFSR;E0": "\r\n10.160.0.7\r\n" + OK,
            'AT+CIPSTART=0,"UDP","10.60.2.239",4445': OK + "\r\n0, CONNECT OK\r\n",
            "AT+CIPSEND=0,8": "\r\n> ",
            "payload": "\r\n0, SEND OK\r\n",
            "AT+CIPRXGET=2,0,1460": [
                "\r\n+CIPRXGET: 2,0,8,0\r\n" + PAYLOAD.decode() + OK,
                "\r\n+CIPRXGET: 2,0,0,0\r\n" + OK,
            ],
            "AT+CIPCLOSE=0": "\r\n0, CLOSE OK\r\n",
        },
        ('AT+CIPSTART=0,"UDP","10.60.2.239",4445', "AT+CIPSEND=0,8", PAYLOAD,
         "AT+CIPRXGET=2,0,1460", "AT+CIPCLOSE=0"),
    ),
    (
        "SARA_R410",
        "SARA-R410M-02B",
        {
            "AT+USOCR=17": "\r\n+USOCR: 3\r\n" + OK,
            'AT+USOST=3,"10.60.2.239",4445,8': "\r\n@",
            "payload": "\r\n+USOST: 3,8\r\n" + OK,
            "AT+USORF=3,1024": [
                '\r\n+USORF: 3,"10.60.2.239",4445,8,"' + PAYLOAD.decode() + '"\r\n' + OK,
                '\r\n+USORF: 3,""\r\n' + OK,
            ],
        },
        ("AT+USOCR=17", 'AT+USOST=3,"10.60.2.239",4445,8', PAYLOAD, "AT+USORF=3,1024",
         "AT+USOCL=3"),
    ),
    (
        "SARA_R410",
        "SARA-R510S",  # found to need a profile once it is asked
        {
            "AT+UPSND=0,8": "\r\n+UPSND: 0,8,1\r\n" + OK,
            "AT+UPSND=0,0": '\r\n+UPSND: 0,0,"10.160.0.7"\r\n' + OK,
            "AT+USOCR=17": "\r\n+USOCR: 0\r\n" + OK,
            'AT+USOST=0,"10.60.2.239",4445,8': "\r\n@",
            "payload": "\r\n+USOST: 0,8\r\n" + OK,
            "AT+USORF=0,1024": [
                '\r\n+USORF: 0,"10.60.2.239",4445,8,"' + PAYLOAD.decode() + '"\r\n' + OK,
                '\r\n+USORF: 0,""\r\n' + OK,
            ],
        },
        ("AT+UPSND=0,8", "AT+USOCR=17", PAYLOAD, "AT+USORF=0,1024", "AT+USOCL=0"),
    ),
    (
        "NRF91",
        "nRF9151-LACA",
        {
            "AT#XSMVER": '\r\n#XSMVER: "v1.99.0","3.3.99"\r\n' + OK,
            "AT#XSOCKET=1,2,0": "\r\n#XSOCKET: 2,2,17\r\n" + OK,
            'AT#XSEND=2,1,512,"' + HEX + '"': "\r\n#XSEND: 2,0,8\r\n" + OK,
            "AT#XRECV=2,1,64,0": ["\r\n#XRECV: 2,1,8\r\n" + HEX + "\r\n" + OK,
                                  "\r\nERROR\r\n"],
        },
        ("AT#XSOCKET=1,2,0", 'AT#XCONNECT=2,"10.60.2.239",4445', 'AT#XSEND=2,1,512,"' + HEX + '"',
         "AT#XRECV=2,1,64,0", "AT#XCLOSE=2"),
    ),
    (
        "NRF91",
        "nRF9160-SICA",  # NCS 2.x
        {
            "AT#XSMVER": "\r\nERROR\r\n",
            "AT#XSOCKET=?": "\r\n#XSOCKET: (0,1,2),(1,2,3),(0,1)\r\n" + OK,
            "AT#XSOCKET=1,2,0": "\r\n#XSOCKET: 1,2,17\r\n" + OK,
            "AT#XSEND": OK,
            "payload": "\r\n#XDATAMODE: 0\r\n",
            "AT#XRECV=0,64": ["\r\n#XRECV: 8\r\n" + PAYLOAD.decode() + OK, "\r\nERROR\r\n"],
        },
        ("AT#XSOCKET=1,2,0", 'AT#XCONNECT="10.60.2.239",4445', "AT#XSOCKETSELECT=1", "AT#XSEND",
         PAYLOAD + b"+++", "AT#XSOCKETSELECT=1", "AT#XRECV=0,64", "AT#XSOCKET=0"),
    ),
    (
        "GM02S",
        "GM02S",
        {
            "AT+SQNSSENDEXT=1,8": "\r\n> ",
            "payload": OK,
            "AT+SQNSI=1": ["\r\n+SQNSI: 1,8,8,8,0\r\n" + OK, "\r\n+SQNSI: 1,8,8,0,0\r\n" + OK],
            "AT+SQNSRECV=1,1500": "\r\n+SQNSRECV: 1,8\r\n" + PAYLOAD.decode() + OK,
        },
        ("AT+SQNSCFGEXT=1,1,0,0,0,0", 'AT+SQNSD=1,1,4445,"10.60.2.239",0,0,1',
         "AT+SQNSSENDEXT=1,8", PAYLOAD, "AT+SQNSRECV=1,1500", "AT+SQNSH=1"),
    ),
)  # fmt: skip


class Script:
    """Board, reader and writer in one."""

    power_key = None

    def __init__(self, model, answers):
        self.answers = dict(ANSWERS)
        self.answers["AT+CGMM"] = "\r\n%s\r\n%s" % (model, OK)
        self.answers.update(answers)
        self.seen = []
        self._typed = b""
        self._missing = 0
        self._out = b""
        self._more = asyncio.Event()

    async def open_uart(self):
        return self, self

    async def read(self, size):
        while not self._out:
            self._more.clear()
            await self._more.wait()
        data, self._out = self._out[:size], self._out[size:]
        return data

    def write(self, data):
        before = None
        for byte in bytes(data):
            is_end, before = (before, byte) == (13, 10) and not self._typed, byte
            if is_end:
                continue  # of the CR LF that ends a line
            self._typed += bytes((byte,))
            if self._missing:
                self._missing -= 1
                if not self._missing:
                    self._take(self._typed, "payload")
            elif byte == 13:
                line = self._typed[:-1].decode()
                self._take(line, line)

    def _take(self, what, key):
        self._typed = b""
        self.seen.append(what)
        answer = self.answers.get(key, OK)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if key == "AT#XSEND":
            self._missing = 11
        elif answer.endswith(("> ", ">", "@")):
            self._missing = 8
        self._out += answer.encode()
        self._more.set()

    async def drain(self):
        pass

    def say(self, line):
        """An unsolicited result."""
        self._out += ("\r\n%s\r\n" % line).encode()
        self._more.set()


def test_every_family_opens_sends_reads_and_closes_as_its_manual_says():
    for name, model, answers, expected in CASES:

        async def scene(name=name, model=model, answers=answers, expected=expected):
            script = Script(model, answers)
            modem = Modem(script, family=getattr(nce_modem, name))
            await modem.attach()
            assert modem.address == "10.160.0.7", (name, modem.address)
            port = await modem.open_datagram("10.60.2.239", 4445)
            await port.send(PAYLOAD)
            assert await port.receive(3000) == PAYLOAD, (name, model)
            assert await port.receive(0) is None
            try:
                await port.send(bytes(port.max_datagram + 1))
                raise AssertionError("too large, and sent")
            except errors.DatagramTooLarge as error:
                assert error.is_permanent
            await port.close()
            await modem.close()
            left = list(expected)
            for what in script.seen:
                if left and what == left[0]:
                    left.pop(0)
            assert not left, (name, model, left, script.seen)

        asyncio.run(asyncio.wait_for(scene(), 30))


def test_a_stray_ok_to_the_probe_of_the_serial_modem_is_no_version():
    _, model, answers, expected = next(c for c in CASES if "v1.99.0" in c[2].get("AT#XSMVER", ""))

    async def scene():
        script = Script(model, answers)
        script.answers["AT#XSMVER"] = [OK, answers["AT#XSMVER"]]
        modem = Modem(script, family=nce_modem.NRF91)
        await modem.attach()
        port = await modem.open_datagram("10.60.2.239", 4445)
        await port.send(PAYLOAD)
        assert script.seen.count("AT#XSMVER") == 2 and expected[2] in script.seen
        await modem.close()
        # Nothing but stray ones: an SLM.
        script = Script(model, next(a for _, _, a, _ in CASES if "AT#XSEND" in a))
        script.answers["AT#XSMVER"] = OK
        modem = Modem(script, family=nce_modem.NRF91)
        await modem.attach()
        await (await modem.open_datagram("10.60.2.239", 4445)).send(PAYLOAD)
        assert PAYLOAD + b"+++" in script.seen
        await modem.close()

    asyncio.run(asyncio.wait_for(scene(), 30))


def test_slm_sends_what_holds_its_terminator_in_quotes_unless_they_cannot_hold_it():
    _, model, answers, _ = next(case for case in CASES if "AT#XSEND" in case[2])

    async def scene():
        script = Script(model, answers)
        modem = Modem(script, family=nce_modem.NRF91)
        await modem.attach()
        port = await modem.open_datagram("10.60.2.239", 4445)
        for data in (b"a+++b", b"+++,\x01\n\xc3\xa9+"):
            await port.send(data)
            assert script.seen[-2:] == ["AT#XSOCKETSELECT=1", 'AT#XSEND="%s"' % data.decode()]
        assert "a+++b" not in "".join(modem.transcript)
        count = len(script.seen)
        for data in (b"\x00+++", b'"+++', b"+++\x08", b"+++\x7f"):
            try:
                await port.send(data)
                raise AssertionError("a broken datagram was sent")
            except errors.SendFailed as error:
                assert not error.is_permanent and error.seal_again
                assert "0x%02x" % data.strip(b"+")[0] in str(error)
        assert len(script.seen) == count
        await port.send(PAYLOAD)
        await modem.close()

    asyncio.run(asyncio.wait_for(scene(), 30))


def test_slm_gets_a_silence_between_a_last_plus_and_its_terminator():
    _, model, answers, _ = next(case for case in CASES if "AT#XSEND" in case[2])
    data = b"\x001 + 1 +"

    async def scene():
        script = Script(model, answers)
        modem = Modem(script, family=nce_modem.NRF91)
        await modem.attach()
        port = await modem.open_datagram("10.60.2.239", 4445)
        start_ms = modem.now_ms()
        await port.send(data)
        assert modem.now_ms() - start_ms > nordic_slm.SILENCE_MS
        assert script.seen.count(data + b"+++") == 1
        await modem.close()

    silence_ms, nordic_slm.SILENCE_MS = nordic_slm.SILENCE_MS, 50
    try:
        asyncio.run(asyncio.wait_for(scene(), 30))
    finally:
        nordic_slm.SILENCE_MS = silence_ms


def test_slm_selects_a_second_time_when_the_line_lost_characters_of_the_selection():
    _, model, answers, _ = next(case for case in CASES if "AT#XSEND" in case[2])
    select = "AT#XSOCKETSELECT=1"

    async def scene():
        script = Script(model, answers)
        modem = Modem(script, family=nce_modem.NRF91)
        await modem.attach()
        port = await modem.open_datagram("10.60.2.239", 4445)
        script.answers[select] = ["\r\nERROR\r\n", OK]
        await port.send(PAYLOAD)
        # What follows is a look at the bearer.
        assert script.seen[-5:-1] == [select, select, "AT#XSEND", PAYLOAD + b"+++"]
        # A number is the modem's word, and a second ERROR no accident.
        for answer, tries in (("\r\n+CME ERROR: 4\r\n", 1), ("\r\nERROR\r\n", 2)):
            port = await modem.open_datagram("10.60.2.239", 4445)
            script.answers[select] = answer
            count = script.seen.count(select)
            try:
                await port.send(PAYLOAD)
                raise AssertionError("sent by a socket that was not selected")
            except errors.SocketDead:
                assert script.seen.count(select) - count == tries
        await modem.close()

    asyncio.run(asyncio.wait_for(scene(), 30))


def test_identification_lines_name_the_family():
    for lines, name in (
        (("Quectel", "BG96", "Revision: BG96MAR02A07M1G"), "BG96"),
        (("SIM7080G R1951",), "SIM7080"),
        (("SIMCOM_SIM7000G",), "SIM7000"),
        (("u-blox", "SARA-R410M-02B"), "SARA_R410"),
        (("u-blox", "SARA-R510S"), "SARA_R5"),
        (("Nordic Semiconductor ASA", "nRF9160-SICA"), "NRF91"),
        (("UE8.0.5.11", "GM02S"), "GM02S"),
    ):
        assert family_of(lines) is getattr(nce_modem, name), lines
    assert family_of(("ACME", "Nothing 1")) is None


def test_radio_access_and_bands_become_the_family_commands():
    # Bands 3, 8 and 20 are 0x80084 (Quectel BG95 AT manual).
    assert band_mask((3, 8, 20)) == 0x80084
    for name, rats, bands, expected in (
        ("quectel", ("LTE-M",), (), [
            'AT+QCFG="nwscanmode",3,1', 'AT+QCFG="nwscanseq",02,1', 'AT+QCFG="iotopmode",0,1']),
        ("quectel", (), (3, 8, 20), ['AT+QCFG="band",F,80084,80084,1']),
        ("simcom", ("NB-IoT",), (8, 20), [
            "AT+CNMP=38", "AT+CMNB=2", 'AT+CBANDCFG="NB-IOT",8,20']),
        ("ublox", ("LTE-M", "NB-IoT"), (), ["AT+URAT=7,8"]),
        ("nordic", ("LTE-M",), (), ["AT%XSYSTEMMODE=1,0,0,0"]),
        ("sequans", ("LTE-M",), (3,), [
            "AT+SQNMODEACTIVE=1", 'AT+SQNBANDSEL=0,"standard","3"']),
    ):  # fmt: skip
        assert commands(name, rats, bands) == expected, (name, commands(name, rats, bands))


def test_pace_keeps_the_limit_of_a_day_across_a_deep_sleep():
    pace = Pace()
    now_ms = 0
    for _ in range(ATTACHES_A_DAY):
        assert pace.delay_ms(now_ms) == 0
        pace.count(now_ms)
        pace.succeed()
        now_ms += 60_000
    assert pace.delay_ms(now_ms) == 86_400_000 - now_ms
    later = Pace()
    restore(later, save(pace, now_ms), 5000, 3_600_000)
    assert later.delay_ms(5000) == 86_400_000 - now_ms - 3_600_000
    assert later.delay_ms(5000 + 86_400_000) == 0


def test_pause_grows_with_failures():
    pace = Pace()
    waited = []
    for _ in range(9):
        pace.count(0)
        waited.append(pace.delay_ms(0))
    assert waited == sorted(waited) and waited[0] == 0 and waited[-1] == 3_600_000
    # Registered again without our help: only what the bearer did holds it up.
    assert pace.delay_ms(0, is_registered=True) == 0
    pace.count_bearer_failure(0)
    assert pace.delay_ms(0, is_registered=True) == 3_600_000
