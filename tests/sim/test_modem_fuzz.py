"""Whatever a host sends, the modem answers the next plain AT, and never falls over."""

from hypothesis import given
from hypothesis import strategies as st

from nce_sim.modem.personalities import BG95, PERSONALITIES
from nce_sim.ports.typist import Typist
from nce_sim.world import World
from support.search import examples

NAMES = sorted(BG95.commands)
ARGUMENTS = st.lists(
    st.one_of(
        st.integers(-1, 70_000).map(str),
        st.sampled_from(['"IP"', '"UDP"', '"iot.1nce.net"', '"10.60.2.239"', "", '"', "abc"]),
        st.text(alphabet='0123456789abcdef",;', max_size=8),
    ),
    max_size=7,
).map(",".join)
COMMANDS = st.builds(
    lambda name, form, arguments: name + form + (arguments if form == "=" else ""),
    st.sampled_from(NAMES),
    st.sampled_from(["", "?", "=?", "="]),
    ARGUMENTS,
)
LINES = st.lists(COMMANDS, min_size=1, max_size=3).map(
    lambda commands: ("AT" + ";".join(commands)).encode() + b"\r"
)

NOISE = st.binary(max_size=40)


def attached_typist(family: str = "bg95") -> Typist:
    world = World(seed=1)
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    if family != "bg95":
        typist.switch_on()
        cid = typist.modem.personality.attach_cid
        typist.quieten()
        typist.ask(f'AT+CGDCONT={cid},"IP","iot.1nce.net"')
        typist.ask("AT+CFUN=1", 20_000)
        return typist
    typist.attach()
    typist.ask('AT+QIACT=1;+QIOPEN=1,0,"UDP","10.60.2.239",4445')
    return typist


def comes_back(typist: Typist) -> bool:
    """Bring the modem back as a careful host does: end any payload, then power."""
    typist.type(b"\x1a", 200_000)
    typist.type(bytes(1_460) + b"\x1b\r", 200_000)
    typist.type(b"ATQ0V1E0\r", 30_000)
    if typist.type(b"AT\r") == b"\r\nOK\r\n":
        return True
    typist.switch_on()
    return typist.type(b"ATE0\r").endswith(b"OK\r\n")


@examples(150)
@given(st.lists(st.one_of(LINES, NOISE), min_size=1, max_size=4))
def test_no_input_wedges_the_modem(inputs):
    typist = attached_typist()
    for data in inputs:
        typist.type(data, 300)
    assert comes_back(typist)


@examples(100)
@given(LINES, st.lists(st.integers(1, 20), max_size=30))
def test_the_answer_to_a_line_does_not_depend_on_its_chunks(line, sizes):
    whole = attached_typist().type(line, 5_000)
    typist, start = attached_typist(), 0
    for size in [*sizes, len(line)]:
        typist.modem.receive_from_host(line[start : start + size])
        start += size
    assert typist.wait(5_000) == whole


@st.composite
def lines_of_a_family(draw):
    family = draw(st.sampled_from(sorted(PERSONALITIES)))
    names = st.sampled_from(sorted(PERSONALITIES[family].commands))
    command = st.builds(
        lambda name, form, arguments: name + form + (arguments if form == "=" else ""),
        names,
        st.sampled_from(["", "?", "=?", "=", "="]),
        ARGUMENTS,
    )
    line = st.lists(command, min_size=1, max_size=3).map(
        lambda commands: ("AT" + ";".join(commands)).encode("latin-1", "replace") + b"\r"
    )
    return family, draw(st.lists(st.one_of(line, line, NOISE), min_size=1, max_size=6))


@examples(400)
@given(lines_of_a_family())
def test_no_family_falls_over_whatever_it_is_sent(case):
    family, inputs = case
    typist = attached_typist(family)
    for data in inputs:
        typist.type(typist.ended(data), 500)
    typist.wait(100_000)
    typist.modem.cut_power()
    typist.modem.power_on()
    typist.wait(20_000)
    if "Q" in typist.modem.personality.commands:
        typist.type(b"ATQ0V1E0\r")
    assert typist.quieten()
    assert typist.ask("AT") == ["OK"]
