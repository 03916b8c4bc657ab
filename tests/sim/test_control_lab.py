"""What a person at the desk does to one device, and what the world tells of it afterwards."""

import asyncio
import base64
import json
import subprocess
from datetime import datetime

import pytest

from nce_sim.clock import VirtualClock
from nce_sim.control.parameters import taken
from nce_sim.control.verb import Reach, Refused
from nce_sim.control.verbs import VERBS
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.ports.typist import Typist
from nce_sim.record.history import STATES, Traces, history_of
from nce_sim.record.pcap import pcap_of
from nce_sim.record.sequence import CLOUD, DEVICE, MODEM, NETWORK, Palette, sequence_picture
from nce_sim.record.steps import last_exchange
from nce_sim.record.timeline import Record, Timeline
from nce_sim.settings import Settings
from nce_sim.wire.datagram import Address
from nce_sim.world import World
from support.peers import program

UDP = Address("10.60.2.239", 4445)


def told(world, name, **arguments):
    """What a verb that needs no time answers."""
    verb = VERBS[name]
    result = asyncio.run(verb.run(Reach(world), taken(verb.parameters, arguments)))
    assert json.loads(json.dumps(result)) == result
    return result


def attached(family="bg95"):
    world = World(7)
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    typist.attach()
    typist.take()
    return world, typist


def send(typist, payload=b"hello"):
    """A datagram to 1NCE OS by the modem's own UDP, which nobody answers."""
    typist.ask('AT+QICSGP=1,1,"iot.1nce.net"')
    typist.ask("AT+QIACT=1", 2_000)
    typist.ask(f'AT+QIOPEN=1,0,"UDP","{UDP.host}",{UDP.port},0,1', 2_000)
    typist.type(b"AT+QISEND=0,%d\r" % len(payload))
    typist.type(payload, 2_000)


# -- the card, the signal, the air -----------------------------------------------------------


@pytest.mark.parametrize("family", sorted(PERSONALITIES))
def test_a_card_is_taken_out_and_the_modem_attaches_again_when_it_is_back(family):
    world, typist = attached(family)
    sim, modem = world.sims[0], typist.modem
    told(world, "card", state="out")
    assert not modem.radio.is_registered
    assert world.core.session_of(sim) is None
    assert "READY" not in "".join(typist.ask("AT+CPIN?")).replace("NOT READY", "")
    typist.wait(120_000)
    assert not modem.radio.is_registered
    told(world, "card", state="in")
    typist.wait(60_000)
    assert modem.radio.is_registered
    assert world.core.session_of(sim) is not None
    moved = [record.fields["state"] for record in world.timeline.records("card")]
    assert moved == ["out", "in"]


def test_another_card_is_put_in_and_one_that_lay_beside_another_modem():
    world, typist = attached()
    modem, first, second = typist.modem, world.sims[0], world.add_sim()
    other = world.add_modem(second)
    with pytest.raises(Refused, match="modem 1 has a SIM in its holder"):
        told(world, "card", state="in", sim=world.add_sim().iccid)
    told(world, "card", state="out")
    with pytest.raises(Refused, match="in modem 2; take it out before"):
        told(world, "card", state="in", sim="2")
    with pytest.raises(Refused, match="no SIM of this world"):
        told(world, "card", state="in", sim="89882280666000000000")
    with pytest.raises(Refused, match="name none"):
        told(world, "card", state="out", modem=2, sim="1")
    told(world, "card", state="out", modem=2)
    third = world.add_modem(world.add_sim())
    with pytest.raises(Refused, match="modem 3 has a SIM"):
        told(world, "card", state="in", modem=3, sim="2")
    assert (third.sim, other.holder.owner) == (world.sims[3], second)
    told(world, "card", state="in", sim="2")
    typist.wait(60_000)
    assert (modem.sim, modem.holder.outside) == (second, None)
    assert world.core.session_of(second) is not None
    assert (other.holder.owner, world.core.session_of(first)) == (None, None)
    with pytest.raises(Refused, match="say which to put in"):
        told(world, "card", state="in", modem=2)
    told(world, "card", state="in", modem=2, sim=world.core.address_of(first))
    assert other.sim is first


def test_a_quectel_says_that_its_card_is_gone_and_reports_both_when_asked_to():
    world, typist = attached()
    typist.ask("AT+QSIMSTAT=1")
    told(world, "card", state="out")
    assert b"+CPIN: NOT READY\r\n\r\n+QSIMSTAT: 1,0\r\n" in typist.wait(100)
    told(world, "card", state="in")
    assert b"+QSIMSTAT: 1,1\r\n" in typist.wait(100)


def test_a_card_that_is_not_there_is_not_taken_out_nor_put_in_twice():
    world, typist = attached()
    with pytest.raises(Refused, match="take it out before"):
        told(world, "card", state="in")
    told(world, "card", state="out")
    with pytest.raises(Refused, match="no SIM in its holder"):
        told(world, "card", state="out")
    typist.modem.cut_power()
    told(world, "card", state="in")
    assert typist.modem.sim is world.sims[0]


@pytest.mark.parametrize("family", ["bg95", "nrf91-sm"])  # the whole modem, or its radio alone
def test_the_card_of_a_modem_that_sleeps_stays_where_it_is(family):
    world, typist = attached(family)
    typist.ask('AT+CPSMS=1,,,"00111000","00000001"')
    typist.wait(60_000)
    assert typist.modem.power_saving.is_asleep
    with pytest.raises(Refused, match="wake it"):
        told(world, "card", state="out")


def test_a_signal_that_is_too_weak_is_a_hole_and_a_strong_one_ends_it():
    world, typist = attached()
    told(world, "signal", rsrp_dbm=-120)
    assert typist.modem.radio.is_registered
    cell = world.operator.cells[0]
    assert (cell.rsrp_dbm, cell.rssi_dbm, cell.sinr_db) == (-120, -93, -12)
    told(world, "signal", rsrp_dbm=-140)
    typist.wait(10_000)
    assert not typist.modem.radio.is_registered
    told(world, "signal", rsrp_dbm=-94)
    typist.wait(60_000)
    assert typist.modem.radio.is_registered
    assert cell.sinr_db == 14
    with pytest.raises(Refused, match="no cell 7"):
        told(world, "signal", rsrp_dbm=-94, cell=7)


def test_latency_and_loss_are_those_of_open_sessions_at_once_and_end_with_a_word():
    world, typist = attached()
    session = world.core.session_of(world.sims[0])
    first = session.uplink.profile
    result = told(world, "link", latency_ms=2_000, jitter_ms=50, loss_percent=25)
    assert result["cells"][0] == {"number": 1, "latency_ms": [2_000, 2_050], "loss_percent": 25}
    for way in (session.uplink, session.downlink):
        assert (way.profile.latency_ms, way.profile.loss) == ((2_000, 2_050), 0.25)
    assert told(world, "link", loss_percent=100)["cells"][0]["latency_ms"] == [10, 100]
    send(typist)
    fates = {record.fields["fate"] for record in world.timeline.records("datagram")}
    assert fates == {"lost"}
    told(world, "link")
    assert session.uplink.profile == session.downlink.profile == first


def test_nat_bindings_of_one_device_are_forgotten_and_those_of_others_stay():
    world, _ = attached()
    world.add_modem(world.add_sim())
    nat, host = world.core.internet.nat, Address("203.0.113.7", 7)
    ports = [
        nat.outbound("UDP", Address(f"10.160.0.{number}", 5_000), host, "198.51.100.1")
        for number in (1, 2)
    ]
    assert told(world, "rebind-nat", sim="1") == {"bindings": 1}
    assert nat.inbound("UDP", ports[0], host) is None
    assert nat.inbound("UDP", ports[1], host) is not None
    again = nat.outbound("UDP", Address("10.160.0.1", 5_000), host, "198.51.100.1")
    assert again not in ports
    assert told(world, "rebind-nat") == {"bindings": 2}
    assert nat.inbound("UDP", ports[1], host) is None


# -- what is told of it ----------------------------------------------------------------------


def states(found):
    return [one["state"] for one in found["states"]]


def test_the_timeline_has_states_signal_bytes_and_moments():
    world, typist = attached()
    send(typist)
    world.advance(20_000)
    told(world, "coverage", state="off")
    world.advance(30_000)
    told(world, "coverage", state="on")
    world.advance(60_000)
    typist.modem.cut_power()
    world.advance(1_000)
    found = told(world, "timeline", last_s=100_000, slices=100)
    assert states(found)[:2] == ["unknown", "detached"]
    after_attach = states(found)[states(found).index("searching") :]
    assert after_attach == [
        *("searching", "connected", "idle", "searching", "connected", "idle", "off"),
    ]
    for one, following in zip(found["states"], found["states"][1:], strict=False):
        assert one["end"] == following["start"]
    assert (found["states"][0]["start"], found["states"][-1]["end"]) == (
        found["start"],
        found["end"],
    )
    assert [one["rsrp_dbm"] for one in found["signal"]][-4:] == [-94, None, -94, None]
    air = world.timeline.records("datagram")
    assert sum(one["up"] for one in found["volumes"]) == sum(
        record.fields["size"] for record in air
    )
    kinds = [one["kind"] for one in found["moments"]]
    assert {"power", "power_key", "event"} <= set(kinds)
    assert set(states(found)) <= set(STATES)
    recent = told(world, "timeline", last_s=1)
    assert states(recent) == ["off"]
    assert recent["volumes"] == []


@pytest.mark.parametrize("family", ["bg95", "nrf91-sm"])  # one that boots, one that does not
def test_power_saving_mode_is_on_the_timeline_until_the_modem_wakes(family):
    world, typist = attached(family)
    typist.ask('AT+CPSMS=1,,,"00111000","00000001"')
    typist.wait(60_000)
    asleep = told(world, "timeline", last_s=3_600)
    assert states(asleep)[-3:] == ["connected", "idle", "asleep"]
    assert asleep["signal"][-1]["rsrp_dbm"] is None
    typist.modem.power_saving.wake("a test")
    typist.wait(30_000)
    assert "connected" in states(told(world, "timeline", last_s=30))


def test_a_timeline_tells_nothing_of_another_device():
    world, _ = attached()
    other = Typist(world, world.add_modem(world.add_sim()))
    other.attach()
    send(other)
    assert told(world, "timeline", modem=1)["volumes"] == []
    assert sum(one["up"] for one in told(world, "timeline", modem=2)["volumes"]) > 0
    assert told(world, "exchange", modem=2)["steps"] != []
    texts = [step["text"] for step in told(world, "exchange", modem=1)["steps"]]
    assert not [text for text in texts if "QISEND" in text]


def quiet_until_known(world):
    """The `next` of a timeline and an exchange that have everything."""
    known = told(world, "timeline")["next"]
    assert told(world, "exchange", after=known)["steps"] is None
    return known


def test_what_is_asked_after_a_number_is_what_is_new_alone():
    world, typist = attached()
    other = Typist(world, world.add_modem(world.add_sim()))
    send(typist)
    world.advance(60_000)  # the radio is idle again
    whole, known = told(world, "timeline"), quiet_until_known(world)
    other.attach()
    send(other)
    world.advance(60_000)
    quiet = told(world, "timeline", after=known)
    assert quiet["start"] == quiet["end"] > whole["end"]
    assert [quiet[name] for name in ("states", "signal", "volumes", "moments")] == [[]] * 4
    assert told(world, "exchange", after=known)["steps"] is None
    typist.type(b"AT+QISEND=0,3\r")
    typist.type(b"two", 500)
    news = told(world, "timeline", after=known)
    assert whole["end"] < news["start"] < news["end"]
    assert (states(news)[-1], news["signal"][0]["time"]) == ("connected", news["start"])
    assert sum(one["up"] for one in news["volumes"]) == 28 + len(b"two")
    assert news["next"] == quiet["next"] + len(list(world.timeline.since(quiet["next"])))
    steps = told(world, "exchange", after=known)["steps"]
    assert steps == told(world, "exchange")["steps"] != []


def test_another_card_or_another_state_of_the_world_makes_all_of_it_new():
    world, typist = attached()
    send(typist)
    for happens in (
        lambda: told(world, "card", state="out"),
        lambda: world.timeline.add("control", "restored", name="lunch"),
    ):
        known = quiet_until_known(world)
        world.advance(60_000)
        happens()
        news, whole = told(world, "timeline", after=known), told(world, "timeline")
        assert news == whole
        assert told(world, "exchange", after=known)["steps"] is not None


def test_a_number_whose_records_are_not_there_gets_all_that_is_kept():
    world = World(7, settings=Settings(timeline_bytes=60_000))
    typist = Typist(world, world.add_modem(world.add_sim()))
    typist.attach()
    assert world.timeline.forgotten == 0
    send(typist)
    for _ in range(100):
        typist.ask("AT")
    assert world.timeline.forgotten > 0
    # A number of another world, which had more records, is not one of this one's either.
    for after in (0, world.timeline.count + 1):
        assert told(world, "timeline", after=after) == told(world, "timeline")
        assert told(world, "exchange", after=after) == told(world, "exchange")


def test_slices_begin_at_multiples_of_their_length_whenever_one_asks():
    world, typist = attached()
    send(typist)
    found = []
    for _ in range(3):
        world.advance(1_234)
        told_now = told(world, "timeline", last_s=600, slices=60)
        found.append(told_now["volumes"])
        begins = [datetime.fromisoformat(one["time"]).timestamp() for one in found[-1]]
        assert [begin % 10 for begin in begins] == [0] * len(begins)
    assert found[0] == found[1] == found[2] != []


def test_records_of_a_past_that_is_no_more_are_left_out():
    timeline, of = Timeline(VirtualClock()), Traces("modem 1", "10.160.0.1", "8988**1")
    timeline.add("modem 1", "power", state="on", boots=1)
    timeline.add("control", "restored", name="lunch")
    timeline.add("modem 1", "power", state="off")
    found = history_of(timeline.records(), of, -10, 10)
    assert [one.state for one in found.states] == ["unknown", "off"]
    assert [one.text for one in found.moments] == ["power off"]
    assert last_exchange(timeline.records(), of) == []


def test_of_what_was_before_a_timeline_begins_the_radio_alone_is_looked_at():
    class Counted(Traces):
        asked = 0

        def has(self, record):
            type(self).asked += 1
            return super().has(record)

    records = [Record(-1, "modem 1", "power", {"state": "on"})]
    records += [Record(at_ms, "api", "request", {"path": "/x"}) for at_ms in range(100)]
    found = history_of(records, Counted("modem 1", "10.160.0.1", None), 90, 100)
    assert [one.state for one in found.states] == ["detached"]
    assert Counted.asked == 10


def test_the_last_exchange_begins_after_a_pause_and_shows_what_is_lost():
    world, typist = attached()
    world.advance(60_000)
    send(typist, b"one")
    world.advance(60_000)
    told(world, "coverage", state="off")
    typist.type(b"AT+QISEND=0,3\r")
    typist.type(b"two", 500)
    steps = told(world, "exchange")["steps"]
    assert [(one["start"], one["end"]) for one in steps] == [
        *((DEVICE, MODEM), (MODEM, NETWORK), (MODEM, DEVICE)),
    ]
    assert steps[0]["text"].startswith("AT+QISEND=0,3")
    assert steps[1]["text"] == "UDP, 31 bytes, no coverage"
    assert [one["is_bad"] for one in steps] == [False, True, False]
    assert datetime.fromisoformat(steps[0]["time"]).timestamp() * 1_000 == (
        world.settings.calendar_start_s * 1_000 + steps[0]["at_ms"]
    )


def test_a_picture_has_the_customer_when_a_step_is_theirs_and_every_text_is_escaped():
    sim = "898822*********0001"
    records = [
        Record(1, "modem 1", "command", {"text": '+X="<img src=x>"'}),
        Record(2, "api", "request", {"method": "POST", "path": f"/v1/{sim}/x", "status": 500}),
    ]
    found = last_exchange(records, Traces("modem 1", None, sim))
    assert [step.is_bad for _, step in found] == [False, True]
    assert found[1][1].end == CLOUD
    picture = sequence_picture([step for _, step in found], "An exchange", Palette(ink="var(--i)"))
    assert "customer" in picture
    assert "<img" not in picture
    assert 'fill="var(--i)"' in picture
    assert "customer" not in sequence_picture([found[0][1]], "An exchange")


def test_a_capture_is_read_by_tshark_and_has_one_device_alone(tmp_path):
    tshark = program("tshark")
    world, typist = attached()
    other = Typist(world, world.add_modem(world.add_sim()))
    other.attach()
    send(typist, b"of the first")
    send(other, b"of the second")
    found = told(world, "capture", modem=1)
    path = tmp_path / "one.pcap"
    path.write_bytes(base64.b64decode(found["pcap"]))
    output = subprocess.run(
        [tshark, "-r", path, "-T", "fields", "-e", "ip.src", "-e", "udp.payload"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    assert output == f"10.160.0.1\t{b'of the first'.hex()}\n"
    assert (found["packets"], found["left_out"]) == (1, 0)


def test_a_capture_that_does_not_fit_has_the_newest_packets():
    world, typist = attached()
    for text in (b"one", b"two", b"three"):
        send(typist, text)
    records = world.timeline.records("datagram")
    whole = pcap_of(records, 0, 10_000)
    assert (whole.packets, whole.left_out) == (3, 0)
    some = pcap_of(records, 0, len(whole.data) - 1)
    assert (some.packets, some.left_out) == (2, 1)
    assert b"three" in some.data
    assert b"one" not in some.data


def test_settings_are_told_flat_and_without_a_number_of_a_sim():
    world, _ = attached()
    found = {one["name"]: one["value"] for one in told(world, "settings")["settings"]}
    assert found["network.apn"] == "iot.1nce.net"
    assert found["seed"] == "7"
    assert "and 252 more" in found["network.next_account_blocks"]
    assert found["modem.receiver.satellites"] == "9"
