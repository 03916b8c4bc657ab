"""DTLS by the modem, against Serial Modem's documented lines: what is said, and what is masked."""

import asyncio

import nce_modem.families.secured
import nce_modem.secure
from nce_modem import Modem, OpenFailed, UsageError
from test_modem_session import QUICK, ScriptedModem, raised

SecureSockets = nce_modem.secure.SecureSockets

KEY = b"aB3dE6gH9jK2mN5p"
IDENTITY = "8988280666000000017"
OK = "\r\nOK\r\n"

FAMILY = nce_modem.NRF91.changed(sync_gap_ms=20, probe_timeout_ms=20)


class SerialModem(ScriptedModem):
    """An nRF91 whose radio is on, so that it takes no key before it is off."""

    def __init__(self):
        super().__init__()
        self.is_active = True
        self.refuses_handshake = False
        self.answers["AT+CGDCONT?"] = '\r\n+CGDCONT: 0,"IP","iot.1nce.net","",0,0\r\n' + OK
        self.answers["AT+CGPADDR=0"] = '\r\n+CGPADDR: 0,"10.160.0.7"\r\n' + OK
        self.answers["AT#XSMVER"] = '\r\n#XSMVER: "v1.0.0","3.1.0"\r\n' + OK
        self.answers["AT%XICCID"] = "\r\n%XICCID: 8988280666000000017F\r\n" + OK
        self.answers["AT#XSSOCKET=1,2,0,21122,0"] = "\r\n#XSSOCKET: 3,2,273\r\n" + OK
        self.answers["AT#XRECV=3,1,64,0"] = [
            "\r\n#XRECV: 3,1,2\r\n4F4B\r\nOK\r\n",  # the payload says OK
            "\r\nERROR\r\n",
        ]

    def on_command(self, line):
        if line.startswith("AT+CFUN="):
            self.is_active = line == "AT+CFUN=1"
        if line.startswith("AT%CMNG=0,") and self.is_active:
            self.commands.pop()
            self.say("\r\n+CME ERROR: 518\r\n")
        elif line.startswith("AT#XCONNECT="):
            self.say("\r\nERROR\r\n" if self.refuses_handshake else "\r\n#XCONNECT: 3,1\r\n" + OK)
        elif line.startswith("AT#XSEND=3,"):
            self.datagrams.append(bytes.fromhex(line.split('"')[1]))
            self.say("\r\n#XSEND: 3,0,2\r\n" + OK)
        else:
            super().on_command(line)


def play(scene):
    async def within():
        script = SerialModem()
        modem = Modem(script, family=FAMILY)
        try:
            await asyncio.wait_for(scene(modem, script), 20)
        finally:
            await modem.close()

    asyncio.run(within())


def test_the_key_is_written_with_the_radio_off_and_shown_to_nobody():
    async def scene(modem, script):
        sockets = SecureSockets(modem, IDENTITY, KEY)
        port = await sockets.open("coap.os.1nce.com", 5684)
        said = [line for line in script.commands if "CMNG" in line or "CFUN=" in line]
        assert said[:3] == [
            "AT+CFUN=4",
            'AT%CMNG=0,21122,3,"' + KEY.hex() + '"',
            'AT%CMNG=0,21122,4,"' + IDENTITY + '"',
        ]
        assert 'AT#XCONNECT=3,"coap.os.1nce.com",5684' in script.commands
        await port.send(b"hi")
        assert script.datagrams == [b"hi"]
        assert await port.receive(3000) == b"OK"  # told by nothing: it is looked for
        assert await port.receive(20) is None
        told = "\n".join(modem.transcript) + repr(port) + repr(sockets)
        assert KEY.hex() not in told.lower()
        assert IDENTITY not in told
        assert "%CMNG ***" in told
        # What the modem keeps is not written again.
        count = script.count("AT%CMNG=")
        await port.close()
        await sockets.open("coap.os.1nce.com", 5684)
        assert script.count("AT%CMNG=") == count

    play(scene)


def test_a_refused_handshake_says_what_to_do_and_frees_its_socket():
    async def scene(modem, script):
        script.refuses_handshake = True
        sockets = SecureSockets(modem, IDENTITY, KEY)
        error = await raised(
            nce_modem.families.secured.HandshakeFailed, sockets.open("10.60.2.219", 5684)
        )
        assert "Device Authenticator" in str(error)
        assert "AT#XCLOSE=3" in script.commands
        assert KEY.hex() not in "\n".join(error.transcript).lower()

    play(scene)


def test_an_open_that_lost_its_handle_is_tried_again_three_times_at_most():
    async def scene(modem, script):
        whole = script.answers["AT#XSSOCKET=1,2,0,21122,0"]
        script.answers["AT#XSSOCKET=1,2,0,21122,0"] = [OK, whole]
        sockets = SecureSockets(modem, IDENTITY, KEY)
        port = await sockets.open("10.60.2.219", 5684)
        assert port.socket_id == 3 and script.count("AT#XSSOCKET=1") == 2
        await port.close()
        script.answers["AT#XSSOCKET=1,2,0,21122,0"] = OK
        error = await raised(OpenFailed, sockets.open("10.60.2.219", 5684))
        assert error.code is None and script.count("AT#XSSOCKET=1") == 2 + 3
        assert script.count("AT#XCONNECT") == 1
        script.answers["AT#XSSOCKET=1,2,0,21122,0"] = "\r\n+CME ERROR: 4\r\n"
        error = await raised(OpenFailed, sockets.open("10.60.2.219", 5684))
        assert error.code == 4

    play(scene)


def test_a_family_without_it_says_so():
    async def scene():
        modem = Modem(ScriptedModem(), family=QUICK)
        error = await raised(UsageError, SecureSockets(modem, IDENTITY, KEY).install())
        assert error.is_permanent
        assert "nce.dtls" in str(error)
        await modem.close()

    asyncio.run(scene())
