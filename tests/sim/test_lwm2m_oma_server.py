"""The server's half of OMA's test cases (ETS LightweightM2M 1.1, and 1.0 for its objects).

Each test is named by its case; docs/lwm2m_test_cases.md has the table, with those that 1NCE's
service has no way to do. The client is a hand-written one in virtual time: what it answers is
fixed octets, and what it is asked is looked at as CoAP messages.
"""

from __future__ import annotations

import json

import cbor2
import pytest

from nce_sim.services.controller.states import SEND_WHEN_ACTIVE
from nce_sim.wire.lwm2m import formats
from support.hand_coap import ACCEPT, FORMAT, LOCATION, OBSERVE, uint
from support.lwm2m_client import HandClient, SecureHandClient
from support.lwm2m_world import act, lwm2m_world, outcome, reported, set_key

OBJECTS = b"</1/0>,</3/0>,</4/0>,</5/0>,</6/0>,</7/0>,</10/0>,</3303/0>,</3311/0>"
KEY = b"the customer's key"
SENML = formats.SENML_JSON


@pytest.fixture(scope="module")
def service():
    """One world for all; each test has a SIM of its own in it."""
    with lwm2m_world() as parts:
        yield parts


class Managed(HandClient):
    """A client that has bootstrapped and registered; `holds` are its answers to reads.

    An answer is a format and a payload, or the code of a refusal.
    """

    def __init__(self, service, *query, ct="110", holds=None):
        self.world, self.backend = service
        super().__init__(self.world)
        self.holds = holds or {}
        self.bootstrap()
        links = b'</>;rt="oma.lwm2m";ct="%s",' % ct.encode() if ct else b""
        self.location = self.register(*query, links=links + OBJECTS)
        self.seen.clear()
        self.answers = self.answer

    def answer(self, asked):
        held = self.holds.get(asked.what, self.holds.get(asked.path))
        if isinstance(held, str):
            return held, (), b""
        if not asked.what.startswith("GET"):
            return "2.04", (), b""
        number, payload = held
        options = [] if number is None else [(FORMAT, uint(number))]
        if asked.value(OBSERVE) == 0:
            options.append((OBSERVE, uint(1)))
        return "2.05", options, payload

    def does(self, action, path, data=None):
        """What the customer sees of an action: its code, and its values if it has any."""
        request = act(self.backend, self, action, path, data)
        self.world.advance(2_000)
        result = outcome(self.backend, self, request).result
        return result["code"], json.loads(result["payload"]) if result.get("payload") else None


# -- bootstrap -------------------------------------------------------------------------------

STEPS = ["DELETE /0", "DELETE /1", "PUT /0/0", "PUT /0/1", "PUT /1/0", "POST /bs"]


def test_lwm2m_1_1_int_0_client_initiated_bootstrap(service):
    client = HandClient(service[0])
    assert client.bootstrap("pct=110").code == "2.04"
    assert [one.what for one in client.seen] == STEPS
    assert client.register().startswith("/rd/")


def test_lwm2m_1_1_int_1_client_initiated_bootstrap_full_with_psk(service):
    client = SecureHandClient(service[0])
    set_key(*service, client.iccid, KEY)
    assert client.connect(KEY)
    assert client.bootstrap("pct=112").code == "2.04"
    [account] = [cbor2.loads(one.payload) for one in client.seen if one.path == "/0/0"]
    values = {item.get(0): item for item in account}
    assert (values["0"][3], values["2"][2]) == ("coaps://10.60.2.240:5684", 0)
    assert values["3"][8] == client.iccid.encode()
    fresh = values["5"][8]
    assert fresh != KEY
    assert client.connect(fresh)
    assert client.register().startswith("/rd/")


def test_lwm2m_1_1_int_4_bootstrap_delete(service):
    client = HandClient(service[0])
    client.bootstrap()
    assert [one.what for one in client.seen][:2] == ["DELETE /0", "DELETE /1"]


def test_lwm2m_1_1_int_6_bootstrap_sequence(service):
    """One step after the other: the next waits for the answer to the last."""
    client = HandClient(service[0])
    client.answers = lambda asked: None
    client.bootstrap(wait_ms=60_000)
    assert [one.what for one in client.seen] == STEPS[:1]


def test_lwm2m_1_1_int_7_fallback_to_bootstrap(service):
    """A registration without a bootstrap is refused; after one it is taken."""
    client = HandClient(service[0])
    assert client.register() == "4.03"
    client.bootstrap()
    assert client.register().startswith("/rd/")


def test_lwm2m_1_1_int_9_bootstrap_and_configuration_consistency(service):
    """The Finish that a client refuses (4.06) ends the bootstrap as failed."""
    client = HandClient(service[0])
    client.answers = lambda asked: ("4.06" if asked.what == "POST /bs" else "2.04", (), b"")
    client.bootstrap(wait_ms=30_000)
    records = service[0].timeline.records(kind="lwm2m")
    assert "bootstrap failed" in [one.fields["event"] for one in records[-2:]]


# -- registration ----------------------------------------------------------------------------


def test_lwm2m_1_1_int_101_initial_registration(service):
    client = HandClient(service[0])
    client.bootstrap()
    links = b'</>;rt="oma.lwm2m";ct="110 112",</1>;ver=1.1,</1/0>,</3/0>'
    answer = client.post("/rd", ["ep=a", "lt=86400", "lwm2m=1.1", "b=U"], links)
    assert (answer.code, answer.values(LOCATION)[0]) == ("2.01", b"rd")
    [listed] = [one for one in clients(service) if one.iccid == client.iccid]
    assert (listed.lifetime_s, listed.version, listed.binding) == (86400, "1.1", "U")
    assert listed.parsed.objects == {1: "1.1", 3: None}


def clients(service):
    world, backend = service
    listed = backend.lwm2m.clients(world.settings.account.organisation_id)
    return [one.registration for one in listed]


def test_lwm2m_1_1_int_102_registration_update(service):
    client = Managed(service)
    assert client.post(client.location, (), b"</1/0>,</3/0>,</3304/0>").code == "2.04"
    [listed] = [one for one in clients(service) if one.iccid == client.iccid]
    assert 3304 in listed.parsed.objects


def test_lwm2m_1_1_int_103_deregistration(service):
    client = Managed(service)
    assert client.ask("DELETE", client.location).code == "2.02"
    assert client.iccid not in [one.iccid for one in clients(service)]


def test_lwm2m_1_1_int_104_registration_update_trigger(service):
    client = Managed(service)
    assert client.does("execute", "/1/0/8") == ("204", None)
    assert client.seen[0].what == "POST /1/0/8"


def test_lwm2m_1_1_int_105_discarded_register_update(service):
    client = Managed(service)
    client.ask("DELETE", client.location)
    assert client.post(client.location).code == "4.04"


def test_lwm2m_1_1_int_107_extending_the_lifetime_of_a_registration(service):
    client = Managed(service, "lt=60")
    assert client.post(client.location, ["lt=600"]).code == "2.04"
    service[0].advance(300_000)
    assert client.iccid in [one.iccid for one in clients(service)]
    service[0].advance(301_000)
    assert client.iccid not in [one.iccid for one in clients(service)]


def test_lwm2m_1_1_int_108_and_109_queue_mode(service):
    """Once it sleeps a client is asked nothing, until it updates."""
    world, backend = service
    client = Managed(service, "Q", "lt=86400", holds={"/3/0/9": (formats.TEXT, b"95")})
    assert client.does("read", "/3/0/9") == ("205", {"/3/0/9": 95})
    world.advance(200_000)
    client.seen.clear()
    late = act(backend, client, "read", "/3/0/9", mode=SEND_WHEN_ACTIVE)
    world.advance(600_000)
    assert client.seen == []
    client.post(client.location, wait_ms=3_000)
    assert outcome(backend, client, late).status == "SUCCEEDED"


# -- reading ---------------------------------------------------------------------------------

BATTERY = {"/3/0/9": 95}


def queried(service, number, payload):
    """The battery's level as the customer gets it, of an answer in some format."""
    client = Managed(service, ct="", holds={"/3/0/9": (number, payload)})
    return client.does("read", "/3/0/9")


def test_lwm2m_1_1_int_201_query_plain_text(service):
    assert queried(service, formats.TEXT, b"95") == ("205", BATTERY)


def test_lwm2m_1_1_int_203_query_tlv(service):
    assert queried(service, formats.TLV, bytes.fromhex("c1095f")) == ("205", BATTERY)


def test_lwm2m_1_1_int_204_query_json(service):
    payload = b'{"bn":"/3/0/","e":[{"n":"9","v":95}]}'
    assert queried(service, formats.JSON, payload) == ("205", BATTERY)


def test_lwm2m_1_1_int_211_query_cbor(service):
    assert queried(service, formats.CBOR, bytes.fromhex("185f")) == ("205", BATTERY)


def test_lwm2m_1_1_int_231_query_senml_json(service):
    assert queried(service, SENML, b'[{"bn":"/3/0/9","v":95}]') == ("205", BATTERY)


def test_lwm2m_1_1_int_232_query_senml_cbor(service):
    payload = bytes.fromhex("81a221662f332f302f3902185f")
    assert queried(service, formats.SENML_CBOR, payload) == ("205", BATTERY)


def test_lwm2m_1_1_int_237_read_without_a_content_format(service):
    """An answer that names none is text."""
    assert queried(service, None, b"95") == ("205", BATTERY)


DEVICE = b'[{"bn":"/3/0/","n":"9","v":95},{"n":"7/0","v":3800},{"n":"7/1","v":5000}]'
WHOLE = {**BATTERY, "/3/0/7/0": 3800, "/3/0/7/1": 5000}


def read_at(service, path, payload):
    """What the customer gets of a path; the request is for it, in the format of the client."""
    client = Managed(service, holds={path: (SENML, payload)})
    got = client.does("read", path)
    assert (client.seen[0].what, client.seen[0].value(ACCEPT)) == (f"GET {path}", SENML)
    return got


def test_lwm2m_1_1_int_222_read_object(service):
    assert read_at(service, "/3", DEVICE) == ("205", WHOLE)


def test_lwm2m_1_1_int_223_read_instance(service):
    assert read_at(service, "/3/0", DEVICE) == ("205", WHOLE)


def test_lwm2m_1_1_int_224_read_resource(service):
    assert read_at(service, "/3/0/9", b'[{"bn":"/3/0/9","v":95}]') == ("205", BATTERY)


def test_lwm2m_1_1_int_225_read_resource_instance(service):
    volts = b'[{"bn":"/3/0/7/1","v":5000}]'
    assert read_at(service, "/3/0/7/1", volts) == ("205", {"/3/0/7/1": 5000})


def test_lwm2m_1_1_int_221_attempt_to_perform_operations_on_security(service):
    client = Managed(service, holds={"/0/0": "4.01"})
    assert client.does("read", "/0/0")[0] == "401"


# -- writing and executing -------------------------------------------------------------------


def written(service, named, *refused):
    """Format and octets of a lifetime that the customer writes to a client with these formats."""
    client = Managed(service, ct=named)
    left = list(refused)
    client.answers = lambda asked: (left.pop() if left else "2.04", (), b"")
    assert client.does("write", "/1/0/1", "120") == ("204", None)
    asked = client.seen[-1]
    assert asked.what == "PUT /1/0/1"
    return asked.value(FORMAT), asked.payload


def test_lwm2m_1_1_int_205_set_plain_text(service):
    """For a client that knows nothing else: TLV, which version 1.0 requires, was refused."""
    assert written(service, "", "4.15") == (formats.TEXT, b"120")


def test_lwm2m_1_1_int_215_set_tlv(service):
    assert written(service, "11542") == (formats.TLV, bytes.fromhex("c10178"))


def test_lwm2m_1_1_int_220_set_json(service):
    assert written(service, "11543") == (formats.JSON, b'{"bn":"/1/0/","e":[{"n":"1","v":120}]}')


def test_lwm2m_1_1_int_233_set_senml_cbor(service):
    payload = bytes.fromhex("81a221662f312f302f31021878")
    assert written(service, "112") == (formats.SENML_CBOR, payload)


def test_lwm2m_1_1_int_234_set_senml_json(service):
    assert written(service, "110") == (SENML, b'[{"bn":"/1/0/1","v":120}]')


def test_lwm2m_1_1_int_227_write_replace(service):
    client = Managed(service)
    assert client.does("write", "/3/0/15", "Europe/Berlin") == ("204", None)
    assert client.seen[0].what == "PUT /3/0/15"
    assert json.loads(client.seen[0].payload) == [{"bn": "/3/0/15", "vs": "Europe/Berlin"}]


def test_lwm2m_1_1_int_228_write_resource_instance(service):
    client = Managed(service)
    assert client.does("write", "/2/0/2/101", "7") == ("204", None)
    assert json.loads(client.seen[0].payload) == [{"bn": "/2/0/2/101", "v": 7}]


def test_lwm2m_1_1_int_241_executable_resource_rebooting_the_device(service):
    client = Managed(service)
    assert client.does("execute", "/3/0/4") == ("204", None)
    assert (client.seen[0].what, client.seen[0].payload) == ("POST /3/0/4", b"")


def test_lwm2m_1_1_int_256_write_operation_failure(service):
    client = Managed(service, holds={"PUT /3/0/0": "4.05"})
    assert client.does("write", "/3/0/0", "mine")[0] == "405"


# -- information -----------------------------------------------------------------------------

WARM = (formats.TEXT, b"21.5")


def observing(service):
    client = Managed(service, holds={"/3303/0/5700": WARM})
    assert client.does("observe-start", "/3303/0/5700") == ("205", {"/3303/0/5700": 21.5})
    assert client.seen[-1].value(OBSERVE) == 0
    return client, client.seen[-1].token


def notified(client, token, payload, number):
    mid = client.notify(token, payload, number, options=[(FORMAT, b"")])
    client.world.advance(500)
    return client.kind_of_reply(mid)


def test_lwm2m_1_1_int_301_observation_and_notification_of_parameter_values(service):
    client, token = observing(service)
    assert notified(client, token, b"22.5", 2) == "ACK"
    assert reported(client.backend, client)[-1] == {"/3303/0/5700": 22.5}


def test_lwm2m_1_1_int_302_cancel_observations_using_reset(service):
    """What nobody observes is answered by a reset: after a deregistration, for one."""
    client, token = observing(service)
    client.ask("DELETE", client.location)
    assert notified(client, token, b"22.5", 2) == "RST"


def test_lwm2m_1_1_int_303_cancel_observations_using_observe_with_cancel(service):
    client, token = observing(service)
    assert client.does("observe-end", "/3303/0/5700")[0] == "205"
    assert (client.seen[-1].value(OBSERVE), client.seen[-1].token) == (1, token)
    assert notified(client, token, b"22.5", 2) == "RST"


SENDS = {
    SENML: b'[{"bn":"/3303/0/5700","v":23.5}]',
    formats.SENML_CBOR: bytes.fromhex("81a2216c2f333330332f302f3537303002f94de0"),
}


@pytest.mark.parametrize("number", SENDS)
def test_lwm2m_1_1_int_306_and_311_send(service, number):
    client = Managed(service)
    answer = client.post("/dp", (), SENDS[number], [(FORMAT, uint(number))])
    assert (answer.code, answer.payload) == ("2.04", b"")
    assert reported(client.backend, client) == [{"/3303/0/5700": 23.5}]


def test_lwm2m_1_1_int_307_muting_send(service):
    """The customer mutes by a write to the server's account."""
    client = Managed(service)
    assert client.does("write", "/1/0/23", "true") == ("204", None)
    assert json.loads(client.seen[0].payload) == [{"bn": "/1/0/23", "vb": True}]


def test_lwm2m_1_1_int_401_udp_channel_security_psk(service):
    """A wrong key, or another's identity, opens no channel."""
    client = SecureHandClient(service[0])
    set_key(*service, client.iccid, KEY)
    assert not client.connect(b"another key")
    assert client.connect(KEY)


# -- objects (ETS 1.0) -----------------------------------------------------------------------


def queried_and_observed(service, path, first, then):
    """What the customer gets of a read, and what a notification brings."""
    client = Managed(service, holds={path: (formats.TEXT, first)})
    code, values = client.does("observe-start", path)
    assert code == "205"
    assert notified(client, client.seen[-1].token, then, 2) == "ACK"
    return values[path], reported(client.backend, client)[-1][path]


def test_ets_1_0_651_and_652_device(service):
    assert queried_and_observed(service, "/3/0/9", b"95", b"80") == (95, 80)


def test_ets_1_0_701_and_710_connectivity_monitoring(service):
    assert queried_and_observed(service, "/4/0/2", b"-90", b"-95") == (-90, -95)


def test_ets_1_0_801_and_810_location(service):
    """Times are shown in milliseconds; latitude and longitude reach the locator."""
    moments = queried_and_observed(service, "/6/0/5", b"1726151810", b"1726151811")
    assert moments == (1726151810000, 1726151811000)
    place = b'[{"bn":"/6/0/","n":"0","v":52.5},{"n":"1","v":13.25}]'
    client = Managed(service, holds={"/6/0": (SENML, place)})
    client.does("read", "/6/0")
    organisation_id = client.world.settings.account.organisation_id
    position = service[1].locator.positions.last_of(organisation_id, client.iccid)
    assert (position.longitude, position.latitude) == (13.25, 52.5)


def test_ets_1_0_901_to_910_connectivity_statistics(service):
    assert queried_and_observed(service, "/7/0/2", b"42", b"43") == (42, 43)
    client = Managed(service)
    assert client.does("write", "/7/0/8", "60") == ("204", None)
    assert client.does("execute", "/7/0/6") == ("204", None)


def test_ets_1_0_1200_to_1250_cellular_connectivity(service):
    assert queried_and_observed(service, "/10/0/1", b"60", b"90") == (60, 90)
    client = Managed(service)
    assert client.does("write", "/10/0/4", "3600") == ("204", None)  # the timer of power saving
    assert client.does("write", "/10/0/8", "IQ==") == ("204", None)  # eDRX
    assert json.loads(client.seen[-1].payload) == [{"bn": "/10/0/8", "vd": "IQ"}]


def updates(service, path, data):
    """A firmware update as a customer does it: write, look at the state, execute."""
    state = b'[{"bn":"/5/0/","n":"3","v":2},{"n":"5","v":0}]'
    client = Managed(service, holds={"/5/0": (SENML, state)})
    assert client.does("write", path, data) == ("204", None)
    assert client.does("read", "/5/0") == ("205", {"/5/0/3": 2, "/5/0/5": 0})
    assert client.does("execute", "/5/0/2") == ("204", None)
    return json.loads(client.seen[0].payload)


def test_ets_1_0_751_and_771_a_package_is_pushed(service):
    """The controller's base64 is the package's octets."""
    assert updates(service, "/5/0/0", "ZmlybXdhcmU=") == [{"bn": "/5/0/0", "vd": "ZmlybXdhcmU"}]


def test_ets_1_0_760_and_770_a_package_is_pulled(service):
    assert updates(service, "/5/0/1", "coap://a/fw") == [{"bn": "/5/0/1", "vs": "coap://a/fw"}]


def test_ets_1_0_755_and_756_firmware_state(service):
    assert queried_and_observed(service, "/5/0/3", b"1", b"2") == (1, 2)


def test_ets_1_0_772_to_779_firmware_results(service):
    """Each way to fail is a number that the customer reads."""
    for result in range(2, 10):
        client = Managed(service, holds={"/5/0/5": (formats.TEXT, b"%d" % result)})
        assert client.does("read", "/5/0/5") == ("205", {"/5/0/5": result})
