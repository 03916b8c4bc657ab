"""The LwM2M service: bootstrap, registration, lifetimes, over a restart."""

import json

import pytest
from sqlalchemy import select

from nce_sim.problems import NotFound
from nce_sim.services.lwm2m.outbound import Client
from nce_sim.services.lwm2m.registrations import Registrations
from nce_sim.services.lwm2m.settings import EACH_SESSION, NEVER, ONCE, Lwm2mSettings
from nce_sim.services.lwm2m.tables import LWM2M_REGISTRATION
from nce_sim.storage import Work
from support.lwm2m_rules import LINKS, OURS, QUERY, Bench

HOUR = 3_600_000


@pytest.fixture
def bench():
    bench = Bench()
    with bench.backend:
        yield bench


def steps_of(bootstrap):
    return [(step.method, "/" + "/".join(step.path)) for step in bootstrap.steps]


def values_of(bootstrap, path):
    """The values of a write in SenML JSON, by resource; keys are base64url without padding."""
    [step] = [one for one in bootstrap.steps if "/" + "/".join(one.path) == path]
    assert (step.method, step.content_format) == ("PUT", 110)
    base, found = "", {}
    for record in json.loads(step.payload):
        base = record.get("bn", base)
        name = base + record.get("n", "")
        assert name.startswith(path + "/")
        [value] = [record[key] for key in ("v", "vs", "vb", "vd") if key in record]
        found[int(name.rpartition("/")[2])] = value
    return found


# -- bootstrap ---------------------------------------------------------------------------------


def test_a_plain_bootstrap_has_the_documented_values(bench):
    device = bench.client()
    bootstrap = bench.bootstrap(device, 110)
    assert bootstrap.answer.code == 0x44
    assert steps_of(bootstrap) == [
        ("DELETE", "/0"),
        ("DELETE", "/1"),
        ("PUT", "/0/0"),
        ("PUT", "/0/1"),
        ("PUT", "/1/0"),
        ("POST", "/bs"),
    ]
    assert [step.is_needed for step in bootstrap.steps] == [False, False, True, True, True, True]
    server = {0: "coap://10.60.2.240:5683", 1: False, 2: 3, 10: 1111}
    assert values_of(bootstrap, "/0/0") == server
    assert values_of(bootstrap, "/0/1") == {
        0: "coap://lwm2m.os.1nce.com:5683",
        1: True,
        2: 3,
        10: 2222,
    }
    assert values_of(bootstrap, "/1/0") == {0: 1111, 1: 86400, 2: 1, 6: True, 7: "U"}


# OMA LwM2M TS 1.0, 6.4.3: by hand.
SERVER_OBJECT = "c20004 57 c401 00015180 c10201 c10601 c10755"


def test_the_format_is_the_one_that_the_client_prefers(bench):
    device = bench.client()
    for preferred, number in (
        (None, 11542),
        (11542, 11542),
        (1542, 11542),
        (112, 112),
        (0, 11542),
    ):
        bootstrap = bench.bootstrap(device, preferred)
        writes = [step for step in bootstrap.steps if step.method == "PUT"]
        assert {step.content_format for step in writes} == {number}
        if number == 11542:
            assert writes[2].payload == bytes.fromhex(SERVER_OBJECT)
        else:
            assert writes[2].payload[0] >> 5 == 4, "an array of CBOR"


def test_1nces_three_values_alone_when_that_is_set():
    bench = Bench(settings=Lwm2mSettings(writes_all_mandatory=False))
    with bench.backend:
        bootstrap = bench.bootstrap(bench.client(), 110)
        assert values_of(bootstrap, "/1/0") == {0: 1111, 1: 86400, 2: 1}


def test_a_bootstrap_by_dtls_makes_a_fresh_key_each_time(bench):
    device = bench.client(is_secure=True)
    bench.run(
        lambda work: bench.backend.authenticator.set_key(
            OURS, device.iccid, "LWM2M", "the customer's key", work=work
        )
    )
    own = b"the customer's key"
    assert bench.lwm2m.keys(device.iccid) == (own,)
    fresh = []
    for _ in range(2):
        bootstrap = bench.bootstrap(device, 11542)
        assert steps_of(bootstrap)[2] == ("PUT", "/0/0"), "the LwM2M server comes first"
        first, second = (step.payload for step in bootstrap.steps[2:4])
        assert b"coaps://10.60.2.240:5684" in first
        assert b"coaps://lwm2m.os.1nce.com:5684" in second
        # /0/x/2: PSK is 0; /0/x/3: the identity, 19 octets; /0/0/5: a key of 16 octets.
        identity = b"\xc8\x03\x13" + device.iccid.encode()
        assert b"\xc1\x02\x00" + identity + b"\xc8\x05\x10" in first
        assert b"\xc1\x02\x00" + identity + b"\xc8\x05\x12" + own in second
        fresh.append(first.partition(b"\xc8\x05\x10")[2][:16])
        assert bench.lwm2m.keys(device.iccid) == (fresh[-1], own)
    assert fresh[0] != fresh[1]
    device.attach()
    assert bench.lwm2m.keys(device.iccid) == (own, fresh[1]), "it bootstraps again next"
    assert str(own) not in repr(bootstrap)
    assert fresh[1].hex() not in repr(bootstrap)
    assert device.iccid not in repr(device.client)


def test_nobody_gets_a_server_key_by_its_name(bench):
    device = bench.client(is_secure=True)
    bench.bootstrap(device)
    with pytest.raises(NotFound, match="has no key for 'LWM2M server'"):
        bench.backend.authenticator.key(OURS, device.iccid, "LWM2M server")


def test_a_program_at_a_twin_is_led_to_the_twin_of_the_server(bench):
    device = bench.client()
    device.session.close()
    bootstrap = bench.bootstrap(device, 110)
    assert values_of(bootstrap, "/0/0")[0] == "coap://127.60.2.240:5683"


def test_nothing_is_for_devices_whose_customer_did_not_activate_the_endpoint():
    bench = Bench(is_active=False)
    with bench.backend:
        device = bench.client()
        bootstrap = bench.bootstrap(device)
        assert (bootstrap.answer.code, bootstrap.steps) == (0x81, ())
        assert bench.register(device).code == 0x81
        bench.activate()
        bench.bootstrap(device)
        assert bench.register(device).code == 0x41
        bench.activate(is_active=False)
        assert bench.update(device).code == 0x81
        assert bench.send(device, 110, b"[]").code == 0x81
        assert not bench.notify(device, bytes(8), None)


def test_the_terms_must_be_accepted(bench):
    device = bench.client()
    bench.backend.agreements._accepted.clear()
    assert bench.bootstrap(device).answer.code == 0x81


# -- registration ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "at_first", "bootstrapped", "attached_again"),
    [
        (EACH_SESSION, 0x83, 0x41, 0x83),
        (ONCE, 0x83, 0x41, 0x41),
        (NEVER, 0x41, 0x41, 0x41),
    ],
)
def test_direct_registration_is_refused(rule, at_first, bootstrapped, attached_again):
    bench = Bench(settings=Lwm2mSettings(needs_bootstrap=rule))
    with bench.backend:
        device = bench.client()
        assert bench.register(device).code == at_first
        bench.bootstrap(device)
        assert bench.register(device).code == bootstrapped
        device.attach()
        assert bench.register(device).code == attached_again


REFUSED = (
    (("ep=a", "lt=300", "lwm2m=1.2"), LINKS, 0x8C, b"lwm2m is 1.2; give 1.0, 1.1"),
    (("ep=a", "lt=300", "lwm2m=2.0"), LINKS, 0x8C, b"lwm2m is 2.0; give 1.0, 1.1"),
    (("ep=a", "lt=300"), LINKS, 0x80, b"lwm2m is missing; give the version, such as lwm2m=1.1"),
    (("ep=a", "lwm2m=latest"), LINKS, 0x80, b"lwm2m is 'latest'; give a version such as 1.1"),
    (("lt=300", "lwm2m=1.0"), LINKS, 0x80, b"ep is missing; version 1.0 requires it"),
    (("ep=", "lwm2m=1.1"), LINKS, 0x80, b"ep has 0 characters; give 1 to 255"),
    (("ep=\x1b[2J", "lwm2m=1.1"), LINKS, 0x80, b"ep has a character that cannot be printed"),
    (("ep=a", "lt=0", "lwm2m=1.1"), LINKS, 0x80, b"lt is '0'; give a number of seconds from 1"),
    (("ep=a", "lt=-1", "lwm2m=1.1"), LINKS, 0x80, b"lt is '-1'; give a number of seconds from 1"),
    (("ep=a", "b=X", "lwm2m=1.1"), LINKS, 0x80, b"b is 'X'; give letters of UTSNQ"),
    (QUERY, b"", 0x80, b"the list of objects: there is no link; a device has at least </3/0>"),
    (QUERY, b'</>;rt="oma.lwm2m"', 0x80, b"the list of objects is empty; register with </3/0>"),
    (QUERY, b"\xff", 0x80, b"the list of objects is no UTF-8"),
    (QUERY, b"no links", 0x80, b"the list of objects: no <link> at 'no links'"),
)


def test_a_wrong_registration_is_refused_with_the_reason(bench):
    device = bench.client()
    bench.bootstrap(device)
    for query, links, code, text in REFUSED:
        answer = bench.register(device, query, links)
        assert answer.code == code, query
        assert answer.payload.startswith(text), answer.payload
    assert bench.listed() == []


ACCEPTED = (
    (("ep=a", "lwm2m=1.0"), b"</1>,</3/0>", ("1.0", 86_400, "U", False)),
    (("ep=a", "lt=20", "lwm2m=1.0", "b=UQ"), b"</3/0>", ("1.0", 20, "UQ", True)),
    (("lwm2m=1.1", "Q", "b=U"), b"</3/0>", ("1.1", 86_400, "U", True)),
    # Anjay 2.15 quotes the version of an object.
    (QUERY, b'</3>;ver="1.1",</3/0>', ("1.1", 300, "U", False)),
    (("ep=a", "lt=99999999999999", "lwm2m=1.1"), b"</3/0>", ("1.1", 315_360_000, "U", False)),
    (("ep=a", "lwm2m=1.1", "sms=1", "pid=2", "unknown"), LINKS, ("1.1", 86_400, "U", False)),
)


def test_clients_of_both_versions_register(bench):
    device = bench.client()
    bench.bootstrap(device)
    for query, links, expected in ACCEPTED:
        answer = bench.register(device, query, links)
        assert answer.code == 0x41, query
        assert answer.location[0] == "rd"
        [listed] = bench.lwm2m.clients(OURS)
        one = listed.registration
        assert (one.version, one.lifetime_s, one.binding, one.is_queueing) == expected


def test_the_first_registration_of_a_device_is_told_once(bench):
    device = bench.registered()
    bench.register(device)
    logs = bench.backend.logs.latest(device.iccid, None)
    assert [item.message for item in logs] == ["Lifecycle[DeviceFirstTimeRegistered]"]


def test_a_sim_is_one_client_whatever_it_calls_itself(bench):
    device = bench.registered()
    former = device.location
    bench.register(device, ("ep=another", "lt=60", "lwm2m=1.1"))
    assert device.location != former
    [listed] = bench.lwm2m.clients(OURS)
    assert listed.registration.endpoint_name == "another"
    assert bench.update(device, location=former).code == 0x84
    assert bench.double.forgotten == [], "what waits is still for it"
    before, device.client = device.client, Client(device.host, 41_000, False, device.iccid)
    bench.register(device)
    assert bench.double.forgotten == [before], "it is not there any more"


def test_an_update_changes_what_it_says(bench):
    device = bench.registered()
    bench.world.advance(200_000)
    moved = Client(device.host, 41_000, False, device.iccid)
    answer = bench.update(device, ("lt=600", "b=UQ"), b"</3/0>,</4/0>", client=moved)
    assert answer.code == 0x44
    [listed] = bench.lwm2m.clients(OURS)
    one = listed.registration
    assert (one.lifetime_s, one.binding, one.is_queueing) == (600, "UQ", True)
    assert one.client == moved
    assert set(one.parsed.objects) == {3, 4}
    assert listed.lifetime_left_s == 599
    assert bench.double.forgotten == [device.client], "nothing goes to the old port any more"
    assert bench.update(device, ("lt=no",)).code == 0x80
    assert bench.update(device, (), b"\xff").code == 0x80
    assert bench.lwm2m.clients(OURS)[0].registration == one, "a wrong update changes nothing"


def test_only_its_own_client_updates_or_ends_a_registration(bench):
    ours, other = bench.registered(), bench.registered()
    elsewhere = Client(ours.host, 40_000, True, ours.iccid)
    for client, location in (
        (other.client, ours.location),
        (elsewhere, ours.location),  # by DTLS, and it registered without
        (ours.client, ("rd",)),
        (ours.client, ("rd", ours.location[1], "x")),
        (ours.client, ("rd", "unknown")),
    ):
        assert bench.update(ours, client=client, location=location).code == 0x84
        deregister = bench.lwm2m.deregister
        answer = bench.run(lambda work: deregister(client, location, work))  # noqa: B023
        assert answer.code == 0x84
    assert bench.listed() == [ours.iccid, other.iccid]
    answer = bench.run(lambda work: bench.lwm2m.deregister(ours.client, ours.location, work))
    assert answer.code == 0x42
    assert bench.listed() == [other.iccid]
    assert bench.double.forgotten == [ours.client]
    assert bench.update(ours).code == 0x84


# -- time, and the database --------------------------------------------------------------------


def test_a_lifetime_ends_by_the_clock_unless_it_is_updated(bench):
    device = bench.registered()
    for _ in range(3):
        bench.world.advance(250_000)
        assert bench.update(device).code == 0x44
    assert bench.listed() == [device.iccid]
    bench.world.advance(298_000)
    assert bench.lwm2m.is_registered(device.iccid)
    bench.world.advance(2_000)
    assert not bench.lwm2m.is_registered(device.iccid)
    assert bench.update(device).code == 0x84
    expired = [one.fields["event"] for one in bench.world.timeline.records(kind="lwm2m")]
    assert "expired" in expired
    assert bench.backend.storage.read(select(LWM2M_REGISTRATION)) == []


def test_registrations_outlive_a_world(db):
    bench = Bench(db)
    with bench.backend:
        device = bench.registered(is_secure=True)
        keys = bench.lwm2m.keys(device.iccid)
        assert len(keys) == 1
        [before] = bench.lwm2m.clients(OURS)
    again = Bench(db)
    with again.backend:
        sim = again.world.add_sim()
        assert sim.iccid == device.iccid
        [after] = again.lwm2m.clients(OURS)
        assert after.registration == before.registration
        assert again.lwm2m.keys(device.iccid) == keys
        answer = again.run(
            lambda work: again.lwm2m.update(device.client, device.location, (), b"", work)
        )
        assert answer.code == 0x44
        again.world.advance(HOUR)
        assert again.listed() == [], "its lifetime ends in the second world"


def test_what_is_rolled_back_has_not_happened(bench):
    device = bench.registered()
    [before] = bench.lwm2m.clients(OURS)
    lwm2m, client = bench.lwm2m, device.client
    calls = (
        lambda work: lwm2m.bootstrap(client, None, None, work),
        lambda work: lwm2m.register(client, ("ep=new", "lwm2m=1.0"), b"</3/0>", work),
        lambda work: lwm2m.update(client, device.location, ("lt=1",), b"", work),
        lambda work: lwm2m.deregister(client, device.location, work),
    )
    for call in calls:
        work = Work()
        call(work)
        work.rolled_back()
        [after] = bench.lwm2m.clients(OURS)
        assert after.registration == before.registration


def test_a_registration_and_its_end_may_be_in_one_commit(bench):
    """Rows of a statement are written together: the order of both must not count."""
    first, second = bench.registered(), bench.client()
    bench.bootstrap(second)
    works = [Work() for _ in range(3)]
    bench.lwm2m.deregister(first.client, first.location, works[0])
    answer = bench.lwm2m.register(second.client, QUERY, LINKS, works[1])
    bench.lwm2m.deregister(second.client, answer.location, works[2])
    bench.backend.storage.commit(works)
    assert bench.listed() == []
    assert Registrations(bench.backend.storage).all() == []
