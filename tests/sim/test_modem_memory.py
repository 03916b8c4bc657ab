"""What a modem remembers, and for how long; and that a family is a table and a few values."""

import dataclasses

import pytest

from nce_sim.modem.commands import STANDARD
from nce_sim.modem.memory import LineSettings
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.modem.personalities.quectel.memory import QuectelNvm
from nce_sim.modem.personalities.simcom.memory import SimcomNvm, SimcomRam
from nce_sim.modem.personalities.standard import StandardHooks
from nce_sim.modem.personality import CommandTable, Personality
from nce_sim.modem.sockets.udp import UdpSocket, UdpSockets
from nce_sim.ports.typist import Typist
from nce_sim.world import World


def switched_on(family):
    world = World(1)
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    typist.switch_on()
    typist.ask("ATE0")
    return typist


def restarted(typist):
    typist.modem.cut_power()
    typist.switch_on()
    typist.ask("ATE0")


# (family, what the host sets, how it reads that, the answer at once, the answer after a start)
MEMORIES = [
    ("bg95", "AT+QCSCON=1", "AT+QCSCON?", "+QCSCON: 1", "+QCSCON: 0"),
    ("bg95", "AT+CTZR=1", "AT+CTZR?", "+CTZR: 1", "+CTZR: 1"),
    ("bg95", "AT+CEREG=4", "AT+CEREG?", "+CEREG: 4,2", "+CEREG: 0,2"),
    ("bg95", "AT+CMGF=1", "AT+CMGF?", "+CMGF: 1", "+CMGF: 0"),
    ("bg95", "AT+CNMI=2,2", "AT+CNMI?", "+CNMI: 2,2,0,0,0", "+CNMI: 2,1,0,0,0"),
    ("bg95", "AT+CNMI", "AT+CNMI?", "+CNMI: 0,0,0,0,0", "+CNMI: 2,1,0,0,0"),
    ("bg95", 'AT+CSCS="IRA"', "AT+CSCS?", '+CSCS: "IRA"', '+CSCS: "GSM"'),
    ("bg95", "AT+CSMP=17,1,2,8", "AT+CSMP?", "+CSMP: 17,1,2,8", "+CSMP: 17,167,0,0"),
    ("bg95", 'AT+CSCA="+491"', "AT+CSCA?", '+CSCA: "+491",145', '+CSCA: "+491",145'),
    ("bg95", 'AT+CEDRXS=1,4,"0101"', "AT+CEDRXS?", '+CEDRXS: 4,"0101"', '+CEDRXS: 4,"0101"'),
    ("bg95", 'AT+QICFG="dataformat",1,0', 'AT+QICFG="dataformat"', None, "0,0"),
    ("bg95", 'AT+QCFG="iotopmode",1', 'AT+QCFG="iotopmode"', None, '"iotopmode",1'),
    ("bg95", "AT+QISDE=0", "AT+QISDE?", "+QISDE: 0", "+QISDE: 1"),
    ("sim7080", "AT+CMNB=1", "AT+CMNB?", "+CMNB: 1", "+CMNB: 1"),
    ("sim7080", "AT+CACID=4", "AT+CACID?", "+CACID: 4", "+CACID: 0"),
    ("sara-r5", "AT+UDCONF=1,1", "AT+UDCONF=1", "+UDCONF: 1,1", "+UDCONF: 1,0"),
    ("sara-r5", "AT+UBANDMASK=1,7", "AT+UBANDMASK?", None, "1,7"),
    ("nrf91-sm", "AT%RAI=1", "AT%RAI?", "%RAI: 1", "%RAI: 1"),
    ("gm02s", "AT+SQNMODEACTIVE=2", "AT+SQNMODEACTIVE?", "+SQNMODEACTIVE: 2", ": 2"),
]


@pytest.mark.parametrize(("family", "line", "question", "now", "later"), MEMORIES)
def test_what_outlives_a_start_is_what_the_type_says(family, line, question, now, later):
    typist = switched_on(family)
    assert typist.ask(line) == ["OK"]
    if now is not None:
        assert typist.ask(question) == [now, "OK"]
    restarted(typist)
    answer, final = typist.ask(question)
    assert answer.endswith(later)
    assert final == "OK"


def test_the_profile_comes_back_with_atz_and_a_start_and_the_factory_s_with_f():
    typist = switched_on("bg95")
    modem = typist.modem
    typist.ask("ATX4S0=2;+CMEE=2;&W")
    kept = LineSettings(echo=0, call_results=4, answers_after=2, error_format=2)
    assert modem.nvm.profile == kept
    for undone in ("AT&F", "ATX1S0=1"):
        typist.ask(undone)
        assert modem.ram.line != kept
        typist.ask("ATZ")
        assert modem.ram.line == kept
    typist.ask("AT&F")
    restarted(typist)
    assert modem.ram.line == kept
    typist.ask("AT&F")
    assert modem.ram.line == LineSettings()
    assert modem.nvm.profile == kept


def test_two_modems_of_a_family_share_no_memory():
    world = World(1)
    one, two = (world.add_modem(world.add_sim(), "bg95") for _ in range(2))
    one.nvm.of(QuectelNvm).configuration.texts["iotopmode"] = "1"
    one.nvm.contexts.clear()
    assert two.nvm.of(QuectelNvm).configuration.rats == ("2G", "LTE-M", "NB-IoT")
    assert len(two.nvm.contexts) == 1


def test_the_memory_of_another_family_is_refused():
    modem = World(1).add_modem(None, "bg95")
    with pytest.raises(TypeError, match="keeps a QuectelNvm, not a SimcomNvm"):
        modem.nvm.of(SimcomNvm)
    with pytest.raises(TypeError, match="keeps a QuectelRam, not a SimcomRam"):
        modem.ram.of(SimcomRam)


# The settings without which a family sends no URC for data.
BEFORE_DATA = {
    "sim7000": "AT+CIPRXGET=1",
    "a7672": "AT+CIPRXGET=1;+NETOPEN",
    "sim7600": "AT+CIPRXGET=1;+NETOPEN",
    "nrf91-sm": "AT#XAPOLL=,1,1",
    **dict.fromkeys(("ec21", "ec25", "eg91", "eg95"), 'AT+QURCCFG="urcport","uart1"'),
}


@pytest.mark.parametrize("family", PERSONALITIES)
def test_the_urc_that_tells_of_data_begins_as_the_family_says(family):
    world = World(1)
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    typist.attach()
    modem = typist.modem
    if family in BEFORE_DATA and family != "nrf91-sm":
        typist.ask(BEFORE_DATA[family], 1_000)
    modem.sockets.open_all()
    if family == "nrf91-sm":
        typist.ask(BEFORE_DATA[family])
    before = len(world.timeline.records(kind="urc"))
    modem.sockets.receive_from_peers(b"data")
    told = [record.fields["text"] for record in world.timeline.records(kind="urc")[before:]]
    if modem.personality.receive_urc is None:
        assert told == []
    else:
        assert len(told) == len(modem.sockets.by_id)
        assert all(text.startswith(modem.personality.receive_urc) for text in told)


# -- a family of one command ---------------------------------------------------------------------

COMMANDS = CommandTable()


@dataclasses.dataclass
class ToyNvm:
    """Kept through power cycles."""

    colour: str = "grey"


@COMMANDS.add("+XCOLOUR")
def colour(modem, command):
    """`AT+XCOLOUR="blue"`, kept."""
    if command.text:
        modem.nvm.of(ToyNvm).colour = command.set_arguments.text(0)
    else:
        modem.info(f"+XCOLOUR: {modem.nvm.of(ToyNvm).colour}")


class ToySockets(UdpSockets[UdpSocket]):
    """Eight ids that tell nothing."""

    socket_type = UdpSocket


TOY = Personality(
    name="toy",
    manufacturer="Toys",
    model="T1",
    revision="1",
    imei_tac="86448004",
    commands=STANDARD.joined(COMMANDS),
    hooks=StandardHooks(),
    boot_ms=1_000,
    boot_banner=((0, "HELLO"),),
    sim_ready_ms=100,
    power_down_text="BYE",
    power_down_ms=100,
    power_on_pulse_ms=500,
    power_off_pulse_ms=700,
    reset_silence_ms=100,
    access_technologies={"LTE-M": 7},
    make_sockets=ToySockets,
    make_nvm=ToyNvm,
)


def test_a_family_is_a_table_of_commands_and_a_few_values():
    world = World(1)
    typist = Typist(world, world.add_modem(world.add_sim(), TOY))
    typist.attach()
    assert typist.ask("AT+CEREG?") == ["+CEREG: 0,5", "OK"]
    assert typist.ask('AT+XCOLOUR="blue"') == ["OK"]
    restarted(typist)
    assert typist.ask("AT+XCOLOUR") == ["+XCOLOUR: blue", "OK"]
