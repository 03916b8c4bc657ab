"""Modems that speak DTLS themselves: what leaves them is what the CoAPS endpoint accepts."""

import pytest

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.link_profile import LinkProfile
from nce_sim.modem.faults.catalogue import CATALOGUE, At
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.ports.typist import Typist
from nce_sim.settings import CellSettings, ModemSettings, Settings
from nce_sim.world import World

TEMPLATE = {"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}
HOST, PORT = "10.60.2.219", 5684
# CON POST /?t=tank with the byte 42, and the ACK with 2.04 that answers it (RFC 7252).
POST = b"\x40\x02\x12\x34\xd6\x02t=tank\xff\x2a"
CHANGED = b"\x60\x44\x12\x34"
HANDSHAKE_MS = 2_000
BACKENDS = []


@pytest.fixture(autouse=True)
def every_backend_is_closed():
    """CPython 3.13 warns of a database that is left open, and here a warning is an error."""
    yield
    while BACKENDS:
        BACKENDS.pop().close()


class Scene:
    """An attached modem of a family, before 1NCE OS."""

    def __init__(self, family, key="0123456789abcdef", seed=1, settings=None, dtls=None):
        self.world = World(seed, settings=settings)
        sim = self.world.add_sim()
        self.backend = Backend(self.world, settings=BackendSettings(dtls=dtls or DtlsSettings()))
        BACKENDS.append(self.backend)
        self.backend.add_template("tank", TEMPLATE, ("COAP",))
        self.backend.authenticator.set_psk(sim.iccid, "0123456789abcdef")
        self.family, self.sim, self.key = family, sim, key
        self.modem = self.world.add_modem(sim, family)
        self.typist = Typist(self.world, self.modem)
        self.typist.switch_on()
        self.typist.quieten()
        # The switches of V.250 that an application does not take are none of the test's.
        self.mistakes_before = len(self.mistakes())

    def attach(self):
        cid = self.modem.personality.attach_cid
        self.all_ok(f'AT+CGDCONT={cid},"IP","iot.1nce.net"', "AT+CFUN=1")
        for _ in range(600):
            if self.modem.radio.is_registered:
                break
            self.typist.wait(500)
        self.typist.wait(1_000)

    def all_ok(self, *lines):
        for line in lines:
            assert "OK" in self.typist.ask(line, 1_000), line

    def up(self):
        """Whatever the family wants before its secure socket connects."""
        if self.family.startswith("nrf91"):
            self.all_ok(
                "AT+CFUN=4",
                f'AT%CMNG=0,7,3,"{self.key.encode().hex()}"',
                f'AT%CMNG=0,7,4,"{self.sim.iccid}"',
            )
        self.attach()
        if self.family in ("sim7070", "sim7080"):
            table = f"{self.sim.iccid}:{self.key.encode().hex()}".encode()
            self.all_ok('AT+CNCFG=0,1,"iot.1nce.net"', "AT+CNACT=0,1", "AT+CFSINIT")
            prompt = self.typist.type(b'AT+CFSWFILE=3,"psk.txt",0,%d,10000\r' % len(table))
            assert prompt == b"\r\nDOWNLOAD\r\n"
            assert self.typist.type(table) == b"\r\nOK\r\n"
            self.all_ok(
                'AT+CSSLCFG="CONVERT",3,"psk.txt"',
                'AT+CFSDFILE=3,"psk.txt"',
                "AT+CFSTERM",
                'AT+CSSLCFG="SSLVERSION",0,5',
                'AT+CSSLCFG="PROTOCOL",0,2',
                "AT+CACID=0",
                'AT+CASSLCFG=0,"SSL",1',
                'AT+CASSLCFG=0,"CRINDEX",0',
                'AT+CASSLCFG=0,"PSKTABLE","psk.txt"',
            )
        if self.family == "sara-r5":
            self.all_ok(
                "AT+UPSD=0,0,0;+UPSD=0,100,1",
                "AT+UPSDA=0,3",
                "AT+USECPRF=0",
                "AT+USECPRF=0,0,0",
                'AT+USECPRF=0,2,100,"c0","a8",0',
                f'AT+USECPRF=0,8,"{self.key}"',
                f'AT+USECPRF=0,9,"{self.sim.iccid}"',
            )
        for line in OPEN[self.family]:
            self.all_ok(line)
        return self

    def ask_raw(self, line, wait_ms):
        return self.typist.type(line.encode() + self.typist.line_end, wait_ms)

    def connect(self, wait_ms=HANDSHAKE_MS):
        return self.typist.ask(CONNECT[self.family], wait_ms)

    def connected(self):
        assert CONNECTED[self.family] in self.up().connect()
        return self

    def exchange(self):
        """Send the POST; what the modem then says, and the datagram's bytes as they left it."""
        before = len(self.uplinks())
        said = b""
        for sent in SEND[self.family]:
            said += self.type(sent)
        return said + self.type(RECEIVE[self.family]), self.uplinks()[before:]

    def type(self, sent, wait_ms=2_000):
        """A line with the end that the family wants; a payload as it is."""
        return self.typist.type(self.typist.ended(sent), wait_ms)

    def uplinks(self):
        records = self.world.timeline.records(kind="datagram")
        return [r.fields["payload"] for r in records if r.fields["direction"] == "up"]

    def mistakes(self):
        return [r.fields["reason"] for r in self.world.timeline.records(kind="mistake")]

    def history(self):
        return [item.value for item in self.backend.inspector.history(self.sim.iccid)]


FAMILIES = ["sim7070", "sim7080", "sara-r5", "nrf91-slm1", "nrf91-slm2", "nrf91-sm"]
OPEN = {
    "sim7070": [],
    "sim7080": [],
    "sara-r5": ["AT+USOCR=17", "AT+USOSEC=0,1,0"],
    "nrf91-slm1": ["AT#XSOCKET=1,2,0,7"],
    "nrf91-slm2": ["AT#XSSOCKET=1,2,0,7,0"],
    "nrf91-sm": ["AT#XSSOCKET=1,2,0,7,0"],
}
CONNECT = {
    "sim7070": f'AT+CAOPEN=0,0,"UDP","{HOST}",{PORT}',
    "sim7080": f'AT+CAOPEN=0,0,"UDP","{HOST}",{PORT}',
    "sara-r5": f'AT+USOCO=0,"{HOST}",{PORT}',
    "nrf91-slm1": f'AT#XCONNECT="{HOST}",{PORT}',
    "nrf91-slm2": f'AT#XCONNECT="{HOST}",{PORT}',
    "nrf91-sm": f'AT#XCONNECT=0,"{HOST}",{PORT}',
}
CONNECTED = {
    "sim7070": "+CAOPEN: 0,0",
    "sim7080": "+CAOPEN: 0,0",
    "sara-r5": "OK",
    "nrf91-slm1": "#XCONNECT: 1",
    "nrf91-slm2": "#XCONNECT: 1",
    "nrf91-sm": "#XCONNECT: 0,1",
}
REFUSED = {name: "+CAOPEN: 0,27" if name.startswith("sim") else "ERROR" for name in FAMILIES}
SEND = {
    "sim7070": [b"AT+CASEND=0,%d\r" % len(POST), POST],
    "sim7080": [b"AT+CASEND=0,%d\r" % len(POST), POST],
    "sara-r5": [b"AT+USOWR=0,%d\r" % len(POST), POST],
    "nrf91-slm1": [b'AT#XSEND=0,"%b"\r' % POST.hex().encode()],
    "nrf91-slm2": [b"AT#XSEND\r", POST + b"+++"],
    "nrf91-sm": [b'AT#XSEND=0,1,0,"%b"\r' % POST.hex().encode()],
}
RECEIVE = {
    "sim7070": b"AT+CARECV=0,512\r",
    "sim7080": b"AT+CARECV=0,512\r",
    "sara-r5": b"AT+USORD=0,512\r",
    "nrf91-slm1": b"AT#XRECV\r",
    "nrf91-slm2": b"AT#XRECV=5\r",
    "nrf91-sm": b"AT#XRECV=0,0,0,5\r",
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_message_goes_up_sealed_and_its_answer_comes_down(family):
    scene = Scene(family).connected()
    said, left = scene.exchange()
    shown = CHANGED.hex().upper().encode() if family == "nrf91-slm1" else CHANGED
    assert shown in said
    assert scene.history() == [{"level": 42}]
    # One record of application data, epoch 1, and nothing of the text in it.
    assert len(left) == 1
    assert left[0][:5] == b"\x17\xfe\xfd\x00\x01"
    assert len(left[0]) == len(POST) + 29
    assert not any(b"t=tank" in datagram for datagram in scene.uplinks())
    assert scene.mistakes()[scene.mistakes_before :] == []


OK = b"\r\nOK\r\n"
# What opens and connects a socket, byte for byte: (family, what the host sends, all that comes).
EXACT = [
    ("sim7080", CONNECT["sim7080"], b"\r\n+CAOPEN: 0,0\r\n" + OK),
    ("sara-r5", CONNECT["sara-r5"], OK),
    ("nrf91-slm1", "AT#XSOCKET?", b"\r\n#XSOCKET: 1, 273, 0\r\n" + OK),
    ("nrf91-slm1", CONNECT["nrf91-slm1"], b"\r\n#XCONNECT: 1\r\n" + OK),
    ("nrf91-slm2", "AT#XSSOCKET=1,2,0,16842753", b"\r\n#XSSOCKET: 2,2,273\r\n" + OK),
    ("nrf91-slm2", "AT#XSSOCKET?", b"\r\n#XSSOCKET: 1,1,0,2,7,0\r\n" + OK),
    ("nrf91-slm2", "AT#XSSOCKET=0", b'\r\n#XSSOCKET: 0,"closed"\r\n' + OK),
    ("nrf91-sm", "AT#XSSOCKET=1,2,0,16842753", b"\r\n#XSSOCKET: 1,2,273\r\n" + OK),
    ("nrf91-sm", "AT#XSSOCKET=1,1,0,7", b"\r\n#XSSOCKET: 1,1,258\r\n" + OK),
    ("nrf91-sm", "AT#XSSOCKET=1,1,1,7", b"\r\nERROR\r\n"),
    ("nrf91-sm", CONNECT["nrf91-sm"], b"\r\n#XCONNECT: 0,1\r\n" + OK),
]


@pytest.mark.parametrize(("family", "sent", "expected"), EXACT)
def test_opening_and_connecting_byte_for_byte(family, sent, expected):
    assert Scene(family).up().ask_raw(sent, HANDSHAKE_MS) == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_the_key_is_nowhere_on_the_timeline(family):
    scene = Scene(family).connected()
    told = "".join(str(record) for record in scene.world.timeline.records())
    assert scene.key not in told
    assert scene.key.encode().hex() not in told.lower()
    assert scene.key not in repr(vars(scene.modem.sockets))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_wrong_key_ends_in_the_familys_error_when_its_patience_is_over(family):
    settings = Settings(modem=ModemSettings(dtls_handshake_limit_ms=31_000))
    scene = Scene(family, key="fedcba9876543210", settings=settings).up()
    assert scene.connect(30_000) == []
    answer = scene.typist.wait(5_000).decode()
    assert REFUSED[family] in answer
    failed = scene.world.timeline.records(kind="dtls")[-1].fields
    assert (failed["state"], failed["reason"]) == ("HANDSHAKING", "no answer")


@pytest.mark.parametrize("family", FAMILIES)
def test_an_unknown_identity_is_refused_at_once(family):
    scene = Scene(family).up()
    scene.backend.authenticator._credentials.clear()
    assert REFUSED[family] in "".join(scene.connect(3_000))
    assert "unknown_psk_identity" in scene.world.timeline.records(kind="dtls")[-1].fields["reason"]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("seed", range(4))
def test_a_handshake_survives_a_lossy_link(family, seed):
    cell = CellSettings(link=LinkProfile("lossy", (10, 400), loss=0.3, duplication=0.1))
    settings = Settings(cell=cell)
    scene = Scene(family, seed=seed, settings=settings)
    said = scene.up().connect(63_000)
    assert CONNECTED[family] in said
    established = scene.world.timeline.records(kind="dtls_established")
    assert established, "the endpoint knows of no session"


ENDED = {
    "sim7080": b"\r\n+CASTATE: 0,0\r\n",
    "sara-r5": b"\r\n+UUSOCL: 0\r\n",
    "nrf91-sm": b"\r\n#XAPOLL: 0,16\r\n",
}


@pytest.mark.parametrize("family", ENDED)
def test_a_session_that_the_endpoint_ends_is_told_as_the_family_does(family):
    scene = Scene(family).connected()
    if family == "nrf91-sm":
        scene.all_ok("AT#XAPOLL=0,1,1")
    scene.exchange()
    server = scene.backend.coaps.dtls
    server.close()
    scene.backend.endpoints[1].flush()
    assert scene.typist.wait(1_000) == ENDED[family]
    for sent in SEND[family][:1]:
        assert b"ERROR" in scene.typist.type(sent)


@pytest.mark.parametrize("family", FAMILIES)
def test_closing_says_goodbye_to_the_endpoint(family):
    scene = Scene(family).connected()
    close = {"sim": "AT+CACLOSE=0", "sar": "AT+USOCL=0", "nrf": "AT#XSOCKET=0"}[family[:3]]
    scene.all_ok("AT#XCLOSE=0" if family == "nrf91-sm" else close)
    scene.typist.wait(1_000)
    assert scene.backend.coaps.dtls.association_count == 0


# (family, commands before, the mistake, what comes, what the timeline says of it)
MISTAKES = [
    ("nrf91-slm2", [], 'AT#XSENDTO="10.60.2.219",5684,"x"', "ERROR", "sends by XSEND, after"),
    ("nrf91-sm", [], 'AT#XSEND=0,0,0,"x"', "ERROR", "sends by XSEND, after"),
    ("nrf91-sm", ["AT#XSSOCKET=1,2,0,9"], f'AT#XCONNECT=1,"{HOST}",5684', "ERROR", "credentials"),
    ("nrf91-sm", [], 'AT%CMNG=0,7,3,"30"', "ERROR", "written while the modem is active"),
    ("sara-r5", ["AT+USECPRF=0"], CONNECT["sara-r5"], "ERROR", "profile without a key"),
    ("sara-r5", ["AT+USOSEC=0,1,0"], CONNECT["sara-r5"], "OK", "USOCO soon after USOSEC"),
    ("sara-r5", [], 'AT+USOST=0,"10.60.2.219",5684,1,"x"', "OK", "leaves in the clear"),
    ("sim7080", [], 'AT+CASSLCFG=1,"SSL",1', "ERROR", "CACID did not choose"),
    ("sim7080", [], 'AT+CFSWFILE=3,"a",0,5,10000', "ERROR", "a file without CFSINIT"),
    ("sim7080", ['AT+CSSLCFG="PROTOCOL",0,1'], CONNECT["sim7080"], "+CAOPEN: 0,4", "its protocol"),
    ("sim7080", ['AT+CSSLCFG="SSLVERSION",0,4'], CONNECT["sim7080"], "+CAOPEN: 0,7", "version"),
]


@pytest.mark.parametrize(("family", "before", "mistake", "answer", "reason"), MISTAKES)
def test_a_hosts_mistake_is_answered_and_noted(family, before, mistake, answer, reason):
    scene = Scene(family).up()
    for line in before:
        scene.typist.ask(line, 100)
    assert answer in scene.typist.ask(mistake, HANDSHAKE_MS)
    assert any(reason in told for told in scene.mistakes())


def test_what_usost_sends_on_a_secure_socket_is_plaintext_as_seen_in_the_field():
    scene = Scene("sara-r5").connected()
    scene.typist.ask('AT+USOST=0,"10.60.2.219",5684,5,"clear"', 1_000)
    assert scene.uplinks()[-1] == b"clear"


def test_without_a_suite_a_sara_offers_certificates_too():
    scene = Scene("sara-r5").up()
    scene.all_ok("AT+USECPRF=0,2,0")
    assert "OK" in scene.connect()
    hello = next(data for data in scene.uplinks() if data[:1] == b"\x16")
    assert b"\xc0\x2b\xc0\x2f" in hello
    assert b"\xc0\xa8" in hello


@pytest.mark.parametrize(("offered", "server", "status"), [(1, 8, 2), (1, None, 0), (0, 8, 0)])
def test_nordic_offers_a_connection_id_when_told_to(offered, server, status):
    scene = Scene("nrf91-sm", dtls=DtlsSettings(connection_id_bytes=server)).up()
    scene.all_ok(f"AT#XSSOCKETOPT=0,1,14,{offered}")
    assert "#XCONNECT: 0,1" in scene.connect()
    _, left = scene.exchange()
    assert left[0][0] == (25 if status else 23)
    assert scene.history() == [{"level": 42}]
    assert scene.typist.ask("AT#XSSOCKETOPT=0,0,15") == [f"#XSSOCKETOPT: 0,{status}", "OK"]


def test_nordic_waits_as_long_as_its_option_says():
    scene = Scene("nrf91-slm2", key="fedcba9876543210").up()
    assert scene.typist.ask("AT#XSSOCKETOPT=1,14,2")[-1] == "ERROR"
    scene.all_ok("AT#XSSOCKETOPT=1,14,7")
    assert scene.connect(6_500) == []
    assert b"ERROR" in scene.typist.wait(1_500)


def test_the_same_seed_is_the_same_run():
    def run(seed):
        scene = Scene("sara-r5", seed=seed).connected()
        scene.exchange()
        return scene.world.timeline.hash()

    assert run(3) == run(3) != run(4)


@pytest.mark.slow
@pytest.mark.parametrize("family", ["sim7080", "sara-r5", "nrf91-slm2", "nrf91-sm"])
def test_no_fault_leaves_a_modem_that_cannot_be_restarted(family):
    """Every fault of the catalogue at the handshake, the sending and the receiving."""
    steps = [CONNECT[family].encode() + b"\r", *SEND[family], RECEIVE[family]]
    cases = 0
    for fault in CATALOGUE:
        for command in (1, 2, 3) if fault.concerns(PERSONALITIES[family]) else ():
            scene = Scene(family).up()
            fault.arm(scene.modem, At(command=command, byte=2))
            for step in steps:
                scene.type(step, 1_500)
            scene.modem.faults.disarm()
            scene.typist.wait(250_000)  # what was held back is out, what waited gave up
            scene.modem.cut_power()
            scene.modem.power_on()
            scene.typist.wait(20_000)
            assert scene.typist.quieten(), (fault.name, command)
            cases += 1
    assert cases > 100


@pytest.mark.parametrize("family", ["bg95", "bg96", "sim7000", "sara-r4", "gm02s"])
def test_families_without_a_confirmed_dtls_refuse_it(family):
    scene = Scene(family)
    asked = {
        "bg95": 'AT+QSSLCFG="psk",0',
        "bg96": 'AT+QSSLCFG="dtls",0',
        "sim7000": 'AT+CASSLCFG=0,"SSL",1',
        "sara-r4": "AT+USOSEC=0,1,0",
        "gm02s": 'AT+SQNCOAPCREATE=1,"10.60.2.219",5684,0,1,60,,1',
    }[family]
    assert "ERROR" in scene.typist.ask(asked)[-1]
