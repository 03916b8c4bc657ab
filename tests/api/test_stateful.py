"""The API as a whole against a small model: calls in any order, by two customers, over restarts.

What is enabled, named and locked; limits, keys, templates, webhooks; who owns which SIM. After
every step everything that can be read is what the model says.
"""

import shutil
import tempfile
from pathlib import Path

import httpx
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from nce_sim import Backend, World
from nce_sim.account.organisations.organisation import NewOrganisation
from nce_sim.api.app import create_app
from nce_sim.clock import VirtualLoop, end_tasks
from support.api import ANY_RATE, BASE, QUICK
from support.search import examples

HOUR_MS = 3_600_000
CHANGE_MS = 60_000  # after which what was accepted is done
LEVEL = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'
EVENTS = [{"type": "ERROR", "version": "1.0.0"}]

who = st.integers(0, 1)
some = st.integers(0, 5)  # a thing by its place in the model
labels = st.text("ab ü€", max_size=4)
protocols = st.lists(st.sampled_from(["COAP", "UDP"]), min_size=1, unique=True).map(sorted)
statuses = st.sampled_from(["ACTIVE", "INACTIVE"])
urls = st.sampled_from([f"https://{name}.example.com/" for name in "ab"])


class Api(RuleBasedStateMachine):
    """Parent and branch, each with a client; every answer is held against the model."""

    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp())
        self.loop = VirtualLoop()
        self.sims = {}  # ICCID -> owner, label, lock, status
        self.keys = {}  # ICCID -> key
        self.limits = [{"data": 0, "smsMt": 0, "smsMo": 0} for _ in range(2)]
        self.templates = [{}, {}]
        self.webhooks = [{}, {}]
        self.credentials = []
        self.open()
        backend = self.backend
        new = NewOrganisation("Branch", "branch@example.com", "DE")
        parent = self.world.settings.account.organisation_id
        made = self.write(
            lambda work: backend.organisations.create(parent, new, backend.wall_ms(), work)
        )
        self.organisations = (parent, made.organisation_id)
        for organisation in self.organisations:
            issued = self.write(
                lambda work, organisation=organisation: backend.access.credentials.create(
                    organisation, "test", backend.wall_ms(), work
                )
            )
            self.credentials.append((issued.client_id, issued.secret))
        self.sign_in()

    def open(self):
        self.world = World(1, clock=self.loop.clock)
        self.backend = Backend(self.world, str(self.folder / "world.db"), QUICK)
        transport = httpx.ASGITransport(create_app(self.backend, ANY_RATE))
        self.http = httpx.AsyncClient(transport=transport, base_url=BASE)

    def sign_in(self):
        self.tokens = []
        for pair in self.credentials:
            grant = {"grant_type": "client_credentials"}
            answer = self.run(self.http.post("/oauth/token", auth=pair, json=grant))
            self.tokens.append(answer.json()["access_token"])

    def teardown(self):
        if hasattr(self, "backend"):
            self.backend.close()
            end_tasks(self.loop)
            self.loop.close()
            shutil.rmtree(self.folder)

    def run(self, waited):
        async def wait():
            return await waited

        return self.loop.run_until_complete(wait())

    def write(self, call):
        return self.run(self.backend.write(call))

    def ask(self, caller, method, path, body=None, **query):
        headers = {"Authorization": f"Bearer {self.tokens[caller]}"}
        answer = self.run(
            self.http.request(method, path, json=body, params=query, headers=headers)
        )
        assert answer.status_code < 500, answer.text
        return answer

    def sim(self, place):
        return list(self.sims)[place % len(self.sims)]

    def done(self, answer, allowed, refused=404):
        """Whether the answer is a success, which it must be exactly when it is allowed."""
        assert answer.is_success == allowed, answer.text
        assert allowed or answer.status_code == refused, answer.text
        return allowed

    # -- SIMs ------------------------------------------------------------------------------

    @precondition(lambda self: len(self.sims) < 4)
    @rule()
    def order_a_sim(self):
        body = {"products": [{"productId": 1001, "quantity": 1}]}
        assert self.ask(0, "POST", "/v1/orders", body).is_success
        self.pass_time(HOUR_MS)
        listed = self.ask(0, "GET", "/v1/sims", pageSize=100).json()
        [new] = [sim for sim in listed if sim["iccid"] not in self.sims]
        self.sims[new["iccid"]] = {
            "owner": 0,
            "label": new.get("label", ""),
            "imei_lock": new["imei_lock"],
            "status": new["status"],
        }

    @precondition(lambda self: self.sims)
    @rule(
        caller=who,
        place=some,
        label=labels,
        lock=st.booleans(),
        status=st.sampled_from(["Enabled", "Disabled"]),
        version=st.sampled_from([1, 2]),
    )
    def change_a_sim(self, caller, place, label, lock, status, version):
        iccid = self.sim(place)
        change = {"label": label, "imei_lock": lock, "status": status}
        path = f"/v{version}/sims/{iccid}"
        answer = self.ask(caller, "PUT", path, {"iccid": iccid, **change})
        if self.done(answer, self.sims[iccid]["owner"] == caller):
            self.sims[iccid].update(change)

    @precondition(lambda self: self.sims)
    @rule(caller=who, place=some)
    def transfer_a_sim(self, caller, place):
        iccid, receiver = self.sim(place), 1 - caller
        body = {"target_organisation": self.organisations[receiver], "iccids": [iccid]}
        answer = self.ask(caller, "POST", "/v1/sims/simTransfer", body)
        # A parent is told that the SIM is in its branch already.
        refused = 422 if caller == 0 else 404
        if self.done(answer, self.sims[iccid]["owner"] == caller, refused):
            self.sims[iccid]["owner"] = receiver
            self.pass_time(CHANGE_MS)

    @rule(
        caller=who, service=st.sampled_from(["data", "smsMt", "smsMo"]), option=st.integers(0, 2)
    )
    def choose_a_limit(self, caller, service, option):
        answer = self.ask(caller, "POST", "/v1/sims/limits", {f"{service}LimitId": option})
        assert answer.is_success, answer.text
        self.limits[caller][service] = option

    # -- 1NCE OS ---------------------------------------------------------------------------

    @precondition(lambda self: self.sims)
    @rule(caller=who, place=some, key=st.text("abc", min_size=8, max_size=12))
    def set_a_key(self, caller, place, key):
        iccid = self.sim(place)
        path = f"/v1/integrate/devices/{iccid}/psk"
        answer = self.ask(caller, "POST", path, {"protocol": "COAP", "secretKey": key})
        if self.done(answer, self.sims[iccid]["owner"] == caller):
            self.keys[iccid] = key

    @rule(caller=who, name=st.text("xy", min_size=1, max_size=3), where=protocols, status=statuses)
    def make_a_template(self, caller, name, where, status):
        fields = {"name": name, "template": LEVEL, "protocolFilter": where, "status": status}
        answer = self.ask(caller, "POST", "/v1/optimize/templates", fields)
        if self.done(answer, self.is_free(caller, fields), 409):
            self.templates[caller][answer.json()["id"]] = fields

    @precondition(lambda self: any(self.templates))
    @rule(caller=who, owner=who, place=some, where=protocols, status=statuses)
    def change_a_template(self, caller, owner, place, where, status):
        known = self.templates[owner]
        if not known:
            return
        template = list(known)[place % len(known)]
        change = {"protocolFilter": where, "status": status}
        answer = self.ask(caller, "PATCH", f"/v1/optimize/templates/{template}", change)
        if caller != owner:
            assert answer.status_code == 404
        elif self.done(answer, self.is_free(caller, change, template), 409):
            known[template].update(change)

    def is_free(self, caller, fields, own=None):
        """Whether no other template is active for one of its protocols."""
        taken = {
            protocol
            for name, other in self.templates[caller].items()
            if name != own and other["status"] == "ACTIVE"
            for protocol in other["protocolFilter"]
        }
        return fields["status"] == "INACTIVE" or not taken & set(fields["protocolFilter"])

    @rule(caller=who, url=urls)
    def make_a_webhook(self, caller, url):
        fields = {"name": "hook", "url": url, "headers": {}, "eventTypes": EVENTS}
        answer = self.ask(caller, "POST", "/v1/integrate/clouds/webhooks", fields)
        is_new = url not in self.webhooks[caller].values()
        if self.done(answer, is_new, 409):
            self.webhooks[caller][answer.json()["id"]] = url

    @precondition(lambda self: any(self.templates) or any(self.webhooks))
    @rule(caller=who, owner=who, place=some, kind=st.sampled_from(["templates", "webhooks"]))
    def delete_something(self, caller, owner, place, kind):
        known = getattr(self, kind)[owner]
        if not known:
            return
        one = list(known)[place % len(known)]
        path = "/v1/optimize/templates/" if kind == "templates" else "/v1/integrate/clouds/"
        if self.done(self.ask(caller, "DELETE", path + one), caller == owner):
            del known[one]

    # -- time ------------------------------------------------------------------------------

    def pass_time(self, duration_ms):
        self.world.advance(duration_ms)
        self.sign_in()

    @rule()
    def restart(self):
        self.backend.close()
        self.open()
        self.sign_in()

    # -- what can be read ------------------------------------------------------------------

    @invariant()
    def sims_are_as_in_the_model(self):
        for caller in (0, 1):
            own = {
                iccid: {name: sim[name] for name in ("label", "imei_lock", "status")}
                for iccid, sim in self.sims.items()
                if sim["owner"] == caller
            }
            listed = self.ask(caller, "GET", "/v1/sims", pageSize=100).json()
            assert {
                sim["iccid"]: {"label": sim.get("label", "")}
                | {name: sim[name] for name in ("imei_lock", "status")}
                for sim in listed
            } == own
            limits = self.ask(caller, "GET", "/v1/sims/limits").json()
            assert {name: limits[name]["id"] for name in limits} == self.limits[caller]

    @invariant()
    def the_rest_is_as_in_the_model(self):
        for caller in (0, 1):
            listed = self.ask(caller, "GET", "/v1/optimize/templates").json()
            for one in listed:
                one["protocolFilter"].sort()
            assert {one.pop("id"): one for one in listed} == self.templates[caller]
            hooks = self.ask(caller, "GET", "/v1/integrate/clouds").json()["items"]
            found = [(hook["createdTime"], hook["id"]) for hook in hooks]
            assert found == sorted(found)
            assert {hook["id"] for hook in hooks} == set(self.webhooks[caller])
            for iccid, key in self.keys.items():
                answer = self.ask(caller, "GET", f"/v1/integrate/devices/{iccid}/psk/COAP")
                if self.done(answer, self.sims[iccid]["owner"] == caller):
                    assert answer.json()["secretKey"] == key


@pytest.mark.slow
def test_the_api_follows_its_model():
    run_state_machine_as_test(Api, settings=settings(examples(20), stateful_step_count=25))
