"""Pings of every family, byte for byte; the world's hosts answer or keep silent."""

import pytest

from nce_sim.link_profile import LinkProfile
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.ports.typist import Typist
from nce_sim.settings import CellSettings, NetworkSettings, Settings
from nce_sim.wire.datagram import Address
from nce_sim.world import World

HOST, SILENT, NOBODY = "203.0.113.7", "203.0.113.8", "203.0.113.9"
NAME = "echo.example.com"
# 40 ms up, 40 ms down, 5 ms to the host and back: 90.
AIR = LinkProfile("steady", latency_ms=(40, 40))
ERROR = "ERROR"
# How long each ping waits: as short as the family lets it.
LIMIT_MS = {"a7672": 10_000, "sim7600": 10_000}

# Results are URCs, which go to the USB port of EC2x and EG9x as delivered.
TO_UART = 'AT+QURCCFG="urcport","uart1"'
# family -> what makes the bearer ready
READY = {
    "bg95": ["AT+QIACT=1"],
    "bg96": ["AT+QIACT=1"],
    "bg77": ["AT+QIACT=1"],
    "ec21": [TO_UART, "AT+QIACT=1"],
    "ec25": [TO_UART, "AT+QIACT=1"],
    "eg91": [TO_UART, "AT+QIACT=1"],
    "eg95": [TO_UART, "AT+QIACT=1"],
    "sim7000": ['AT+CSTT="iot.1nce.net"', "AT+CIICR", "AT+CIFSR"],
    "sim7070": ['AT+CNCFG=0,1,"iot.1nce.net"', "AT+CNACT=0,1"],
    "sim7080": ['AT+CNCFG=0,1,"iot.1nce.net"', "AT+CNACT=0,1"],
    "a7672": [],
    "sim7600": [],
    "sara-r4": [],
    "sara-r422": ["AT+CGACT=1,1", "AT+UPSD=0,0,0", "AT+UPSD=0,100,1", "AT+UPSDA=0,3"],
    "sara-r5": ["AT+UPSD=0,0,0", "AT+UPSD=0,100,1", "AT+UPSDA=0,3"],
    "nrf91-slm1": [],
    "nrf91-slm2": [],
    "nrf91-sm": [],
    "gm02s": [],
}
SAME = {"bg96": "bg95", "bg77": "bg95", "sim7070": "sim7080", "sara-r4": "sara-r5"}
SAME |= {"sara-r422": "sara-r5"}
SAME |= dict.fromkeys(("ec21", "ec25", "eg91", "eg95"), "bg95")
SAME |= {"nrf91-slm2": "nrf91-slm1", "nrf91-sm": "nrf91-slm1"}


def attached(family, *, link=AIR):
    world = World(
        seed=3, settings=Settings(cell=CellSettings(link=link), network=NetworkSettings())
    )
    internet = world.core.internet
    for host in (HOST, SILENT):
        internet.add_echo(Address(host, 7))
    internet.add_name(NAME, HOST)
    world.core.echoes.silence(SILENT)
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    typist.attach()
    return typist


def ready(family, *, link=AIR):
    typist = attached(family, link=link)
    for line in READY[family]:
        assert ERROR not in typist.ask(line, 2_000), line
    typist.take()
    return typist


def mistakes(typist):
    return [each.fields["reason"] for each in typist.world.timeline.records(kind="mistake")]


# family -> command of two pings; then for a host that answers, a silent one, an unknown name
PINGS = {
    "bg95": (
        'AT+QPING=1,"{}",2,2',
        ["OK", '+QPING: 0,"203.0.113.7",32,90,55', '+QPING: 0,"203.0.113.7",32,90,55',
         "+QPING: 0,2,2,0,90,90,90"],
        ["OK", "+QPING: 569", "+QPING: 569", "+QPING: 0,2,0,2,0,0,0"],
        ["OK", "+QPING: 565"],
    ),
    "sim7080": (
        'AT+SNPING4="{}",2,32,2000',
        ["+SNPING4: 1,203.0.113.7,90", "+SNPING4: 2,203.0.113.7,90", "OK"],
        ["+SNPING4: 1,203.0.113.8,2000", "+SNPING4: 2,203.0.113.8,2000", "OK"],
        [ERROR],
    ),
    "sim7000": (
        'AT+CIPPING="{}",2,32,20',
        ['+CIPPING: 1,"203.0.113.7",1,55', '+CIPPING: 2,"203.0.113.7",1,55', "OK"],
        ['+CIPPING: 1,"203.0.113.8",20,255', '+CIPPING: 2,"203.0.113.8",20,255', "OK"],
        [ERROR],
    ),
    "a7672": (
        'AT+CPING="{}",1,2,32',
        ["OK", "+CPING: 1,203.0.113.7,60,90,55", "+CPING: 1,203.0.113.7,60,90,55",
         "+CPING: 3,2,2,0,90,90,90"],
        ["OK", "+CPING: 2", "+CPING: 2", "+CPING: 3,2,0,2,0,0,0"],
        [ERROR],
    ),
    "sim7600": (
        'AT+CPING="{}",1,2,32,1000,10000,64',
        ["OK", "+CPING: 1,203.0.113.7,32,90,55", "+CPING: 1,203.0.113.7,32,90,55",
         "+CPING: 3,2,2,0,90,90,90"],
        ["OK", "+CPING: 2", "+CPING: 2", "+CPING: 3,2,0,2,0,0,0"],
        [ERROR],
    ),
    "sara-r5": (
        'AT+UPING="{}",2,32,2000,64',
        ["OK", '+UUPING: 1,32,"","203.0.113.7",55,90', '+UUPING: 2,32,"","203.0.113.7",55,90'],
        ["OK", '+UUPING: 1,32,"","203.0.113.8",64,-1', '+UUPING: 2,32,"","203.0.113.8",64,-1'],
        ["OK", "+UUPINGER: 8"],
    ),
    "gm02s": (
        'AT+PING="{}",2,32,2',
        ['+PING: 1,"203.0.113.7",90,55', '+PING: 2,"203.0.113.7",90,55', "OK"],
        [ERROR],
        [ERROR],
    ),
    "nrf91-slm1": (
        'AT#XPING="{}",32,2000,2',
        ["OK", "#XPING: 0.090 seconds", "#XPING: 0.090 seconds", "#XPING: average 0.090 seconds"],
        ["OK"],
        ['"Host not found"', ERROR],
    ),
}  # fmt: skip


def table(family):
    return PINGS[SAME.get(family, family)]


def test_every_family_is_in_the_tables():
    assert sorted(READY) == sorted(PERSONALITIES)
    assert {SAME.get(family, family) for family in READY} == set(PINGS)


@pytest.mark.parametrize("family", READY)
def test_a_host_answers_after_the_way_there_and_back(family):
    typist = ready(family)
    before = mistakes(typist)  # a Nordic application takes no switches of V.250
    line, answered, _, _ = table(family)
    assert typist.ask(line.format(HOST), 8_000) == answered
    if "UPING" in line:
        answered = [each.replace('""', f'"{NAME}"') for each in answered]
    assert typist.ask(line.format(NAME), 8_000) == answered
    assert mistakes(typist) == before


@pytest.mark.parametrize("family", READY)
def test_a_silent_host_is_told_when_its_time_is_over(family):
    typist = ready(family)
    line, _, silent, _ = table(family)
    limit_ms = LIMIT_MS.get(family, 2_000)
    started_ms = typist.world.clock.now_ms()
    assert typist.ask(line.format(SILENT), 4 * limit_ms) == silent
    lines = typist.ask(line.format(NOBODY), 4 * limit_ms)
    assert [each.replace(NOBODY, SILENT) for each in lines] == silent
    last = typist.world.timeline.records(kind="dropped")
    assert {each.fields["reason"] for each in last} == {"it answers no ping", "nobody is there"}
    assert last[1].at_ms - last[0].at_ms == limit_ms  # one after the other, not at once
    assert started_ms < last[0].at_ms


@pytest.mark.parametrize("family", READY)
def test_an_unknown_name_is_told_as_the_family_does(family):
    typist = ready(family)
    line, _, _, unknown = table(family)
    assert typist.ask(line.format("nobody.example.com"), 8_000) == unknown


# The bearer is not up: what the family says.
EARLY = [
    ("bg95", 'AT+QPING=1,"203.0.113.7"'),
    ("sim7080", 'AT+SNPING4="203.0.113.7",1,32,2000'),
    ("sim7000", 'AT+CIPPING="203.0.113.7"'),
    ("sara-r5", 'AT+UPING="203.0.113.7"'),
]


@pytest.mark.parametrize(("family", "line"), EARLY)
def test_a_ping_before_the_bearer_is_refused(family, line):
    world = World(seed=3)
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    typist.attach()
    typist.ask("AT+CMEE=0")
    assert typist.ask(line, 8_000) == [ERROR]
    assert not world.timeline.records(kind="echo")


@pytest.mark.parametrize("arguments", ['"203.0.113.7"', '"203.0.113.7",2', '"h",1,4,64,1000,9999'])
def test_an_a76xx_wants_the_kind_of_address_and_no_haste(arguments):
    assert ready("a7672").ask(f"AT+CPING={arguments}", 8_000) == [ERROR]


def test_an_a76xx_without_radio_sends_no_ping():
    typist = ready("a7672")
    typist.ask("AT+CFUN=0", 5_000)
    assert typist.ask('AT+CPING="203.0.113.7",1', 8_000)[-1] == ERROR
    assert "CPING without a bearer" in mistakes(typist)


def test_a_time_to_live_that_ends_on_the_way_is_no_answer():
    typist = ready("sim7000")
    assert typist.ask('AT+CIPPING="203.0.113.7",1,32,20,3', 8_000) == [
        '+CIPPING: 1,"203.0.113.7",20,255',
        "OK",
    ]
    kinds = [each.fields["icmp_type"] for each in typist.world.timeline.records(kind="echo")]
    assert kinds == [8, 11]


def test_loss_on_the_air_is_counted_by_the_modem():
    lossy = LinkProfile("lossy", latency_ms=(40, 40), loss=0.3)
    typist = ready("bg95", link=lossy)
    lines = typist.ask('AT+QPING=1,"203.0.113.7",1,10', 30_000)
    sent, received, lost = (int(each) for each in lines[-1].split(",")[1:4])
    assert (sent, received + lost) == (10, 10)
    assert 0 < received == sum(line.startswith('+QPING: 0,"') for line in lines) < 10
    assert lost == lines.count("+QPING: 569")


def test_the_network_ends_while_pings_run():
    typist = ready("bg95")
    typist.modem.receive_from_host(b'AT+QPING=1,"203.0.113.7",2,10\r')
    typist.wait(1_500)
    typist.world.core.drop_sessions(typist.modem.sim)
    assert typist.wait(20_000).count(b"+QPING: 0,2,2,0,") == 1


def test_a_reset_while_pings_run_leaves_nothing_behind():
    typist = ready("bg95")
    typist.modem.receive_from_host(b'AT+QPING=1,"203.0.113.8",2,10\r')
    typist.wait(1_000)
    typist.modem.cut_power()
    assert b"QPING" not in typist.wait(30_000)
