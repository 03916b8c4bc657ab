"""What a running world prints: uplinks with their payload, nothing twice, no flood, no escapes."""

import json

import pytest

from nce_cli.world_log import MOST_A_SECOND, WorldLog, as_object
from nce_sim.backend import Backend
from nce_sim.ports.typist import Typist
from nce_sim.record.timeline import Record
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

START_MS = 1_767_225_600_000  # 2026-01-01

JSON_EVENT = {"payload": {"type": "JSON", "value": {"level": 42, "note": "\x1b[2J"}}}
RAW_EVENT = {"payload": {"type": "STRING", "encoding": "base64", "value": "AP8="}}


def uplink(event, payload, topic="gps"):
    fields = {"sim": "8988***0772", "protocol": "COAP", "topic": topic, "size": len(payload)}
    return Record(7_161, "backend", "uplink", {**fields, "payload": payload}, event)


def lines(*records, is_verbose=False):
    log = WorldLog(START_MS, is_verbose)
    return [line for record in records for line in log.lines(record)]


def refused(at_ms, reason="wrong APN"):
    fields = {"emm_cause": 19, "esm_cause": 8, "reason": reason}
    return Record(at_ms, "modem 1", "attach_rejected", fields)


def test_an_uplink_is_shown_with_what_it_was_decoded_to():
    assert lines(uplink(JSON_EVENT, b"*")) == [
        '00:00:07.161  8988***0772  COAP gps 1 B: {"level": 42, "note": "\\u001b[2J"}'
    ]


def test_an_uplink_that_no_template_decodes_is_shown_in_hex():
    assert lines(uplink(RAW_EVENT, b"\x00\xff", topic=None)) == [
        "00:00:07.161  8988***0772  COAP 2 B: 00ff"
    ]


@pytest.mark.parametrize("topic", ["\x1b]0;gone\x07", "a\nb", "\x9b2J"])
def test_nothing_of_the_network_reaches_the_terminal_as_it_is(topic):
    (line,) = lines(uplink(JSON_EVENT, b"*", topic))
    assert line.isprintable()
    record = Record(0, "backend", "dtls_failed", {"peer": "10.0.0.1:5", "reason": topic})
    assert all(line.isprintable() for line in lines(record))


def test_json_has_the_value_and_the_bytes():
    told = json.loads(json.dumps(as_object(uplink(JSON_EVENT, b"\x2a"))))
    assert told["value"] == {"level": 42, "note": "\x1b[2J"}
    assert told["payload"] == "2a"


def test_a_modem_that_is_refused_again_and_again_is_told_once():
    records = [refused(1_000 * n) for n in range(20)]
    assert len(lines(*records)) == 1
    assert len(lines(*records, refused(90_000, "quota exhausted"))) == 2
    assert len(lines(*records, is_verbose=True)) == 20


def test_a_flood_is_cut_and_counted():
    flood = [uplink(JSON_EVENT, b"*") for _ in range(10_000)]
    after = Record(9_000, "backend", "bootstrap", {"sim": "8988***0772"})
    shown = lines(*flood, after)
    assert len(shown) == MOST_A_SECOND + 2
    assert shown[-2] == f"{10_000 - MOST_A_SECOND} more lines in that second"


def test_the_rest_of_the_timeline_comes_on_request():
    record = Record(0, "modem 1", "urc", {"text": "RDY"})
    assert lines(record) == []
    (line,) = lines(record, is_verbose=True)
    assert '"text": "RDY"' in line


def test_every_record_of_an_eventful_world_can_be_told():
    world = World(seed=1)
    told, all_told, kinds = [], [], set()
    log, verbose = WorldLog(START_MS), WorldLog(START_MS, is_verbose=True)

    def tell(record):
        kinds.add(record.kind)
        told.extend(log.lines(record))
        all_told.extend(verbose.lines(record))
        json.dumps(as_object(record), default=str)

    world.timeline.subscribe(tell)
    with Backend(world) as backend:
        backend.add_template(
            "level", {"sense": [{"asset": "a", "value": {"byte": 0, "type": "int"}}]}
        )
        sim = world.add_sim()
        typist = Typist(world, world.add_modem(sim))
        typist.switch_on()
        typist.wait(15_000)  # its APN is empty: refused
        typist.attach()
        session = world.core.session_of(sim)
        network = world.settings.network
        me, somebody = Address(session.host, 40_000), Address("10.160.0.77", 1)
        # An uplink by UDP, CoAP without a resource, a bootstrap, noise for DTLS, a stranger.
        for host, port, payload in (
            (network.udp_host, 4445, b"\x2a"),
            (network.coap_host, 5683, b"\x40\x01\x00\x01\xb4none"),
            (network.coap_host, 5683, b"\x40\x01\x00\x02\xb9bootstrap"),
            (network.coap_host, 5684, b"noise"),
            (network.coap_host, 9, b"nobody is there"),
        ):
            session.send(Datagram(me, Address(host, port), payload))
        world.core.send(Datagram(somebody, Address(network.coap_host, 5683), b"x"))
        world.advance(5_000)
        world.account.exhaust(sim)
        world.set_sim_enabled(sim, False)
        world.sms.send_mt(sim, "hello")
        world.advance(60_000)
    assert {"uplink", "coap", "bootstrap", "dropped", "event", "attach_rejected"} <= kinds
    assert any(line.endswith('UDP 1 B: {"a": 42}') for line in told)
    assert any("attach refused" in line for line in told)
    assert any("dropped: " in line for line in told)
    assert all(line.isprintable() for line in all_told)
    assert sim.iccid not in "".join(all_told)
