"""A customer who writes over the Management API by plain HTTP until its server is killed.

customer = Customer(url_of_a_webhook, seed)
customer.sign_in(api)               # of each run; `api` as `nce sim up --json` describes it
customer.begin(iccids)              # three threads write what they think of
customer.end()                      # after the kill
customer.check()                    # reads back all that was promised; Lost when it is not there
"""

import itertools
import threading
import time
from collections import Counter, defaultdict
from datetime import datetime
from random import Random

import httpx
from promises import Lost, Register, Removal, Things

TIMEOUT_S = 30
ACTION_PORT = 3000  # where a device hears of actions
SIMS, CLOUDS, TEMPLATES = "/v1/sims", "/v1/integrate/clouds", "/v1/optimize/templates"
ACTIONS = "/v1/integrate/devices/actions/requests"
LWM2M = "/v1/integrate/devices/endpoints/LWM2M"
MOST_THINGS = 6  # templates, and webhooks: afterwards one leaves for one that comes
# A template that 1NCE OS accepts; none of them is active.
TEMPLATE = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'
PLACE = {
    **{"salutation": "2", "first_name": "Ada", "last_name": "Lovelace", "company": "Engines"},
    **{"street": "Sternengasse", "zip": "50676", "city": "Cologne", "country": "DE"},
}
QUOTA_MB, QUOTA_SMS = 500, 250  # of a SIM, and of a top-up


class Customer:
    """Writes and remembers; each promise is of one thread."""

    def __init__(self, webhook_url, seed):
        self.webhook_url = webhook_url
        self.seed = seed
        self.number = itertools.count(1)
        self.counts = Counter()  # of answers; changed under `_lock`
        self.refusals = Counter()
        self.api = None
        self.headers = {}
        self.iccids = []
        self.states, self.keys = {}, {}
        self.limits = Register("limits")
        self.endpoint = Register("the LwM2M endpoint")
        self.templates, self.webhooks = Things("templates"), Things("webhooks")
        self.orders, self.top_ups = Things("orders"), Things("top-ups")
        self.messages, self.actions = Things("short messages"), Things("actions")
        self.requests = Things("service requests")
        self.delivered_sims = {}  # ICCID to the number of its order
        self._threads = []
        self._errors = []
        self._victim = None
        self._lock = threading.Lock()

    def sign_in(self, api):
        # The secret is told at the first start alone.
        self.api = {**api, "client_secret": api["client_secret"] or self.api["client_secret"]}
        self._sign_in()

    def _sign_in(self):
        """Ask for a token; the headers that carry it."""
        grant = {"grant_type": "client_credentials"}
        credentials = (self.api["client_id"], self.api["client_secret"])
        with httpx.Client(base_url=self.api["url"], timeout=TIMEOUT_S) as client:
            answer = client.post("/oauth/token", auth=credentials, json=grant)
        token = answer.raise_for_status().json()["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}
        return self.headers

    def _client(self):
        return httpx.Client(base_url=self.api["url"], timeout=TIMEOUT_S, headers=self.headers)

    # -- writing ---------------------------------------------------------------------------

    def begin(self, iccids):
        """Let three threads write."""
        self.iccids, self._victim = iccids, None
        for iccid in iccids:
            self.states.setdefault(iccid, Register(f"SIM {iccid}"))
            self.keys.setdefault(iccid, Register(f"the key of {iccid}"))
        work = (
            (self._change_sim, self._set_limits, self._set_key),
            (self._make_template, self._make_webhook, self._switch_endpoint, self._act),
            (self._send_message, self._top_up, self._order, self._ask_support),
        )
        self._threads = [
            threading.Thread(
                target=self._write, args=(one, Random(f"{self.seed}{next(self.number)}"))
            )
            for one in work
        ]
        for thread in self._threads:
            thread.start()

    def kill_at_next_answer(self, process):
        """Kill the server as soon as it answers a write."""
        self._victim = process

    def end(self):
        """Wait for the threads, whose server was killed; raises what went wrong in one."""
        for thread in self._threads:
            thread.join(2 * TIMEOUT_S)
            if thread.is_alive():
                raise Lost("the API answers nobody, and is not killed")
        if self._errors:
            raise self._errors[0]

    def _write(self, operations, random):
        try:
            with self._client() as client:
                while True:
                    random.choice(operations)(client, random)
        except httpx.TransportError:
            self._count("unanswered")
        except Exception as error:  # noqa: BLE001 raised by `end`
            self._errors.append(error)

    def _ask(self, client, method, path, promise, value, body=None, id_of=None):
        """One write: what `promise` hears is what the answer says."""
        promise.asked(value)
        answer = client.request(method, path, json=body)
        if self._victim is not None:
            self._victim.kill()
        if answer.is_success:
            promise.given(value, None if id_of is None else id_of(answer))
            self._count("acknowledged")
        elif answer.is_client_error or answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            promise.refused(value)
            self._count("refused", f"{answer.status_code} {method} {path.partition('/8')[0]}")
        else:
            raise Lost(f"{method} {path} is answered with {answer.status_code}: {answer.text}")

    def _count(self, what, refusal=None):
        with self._lock:
            self.counts[what] += 1
            if refusal is not None:
                self.refusals[refusal] += 1

    def _change_sim(self, client, random):
        iccid, number = random.choice(self.iccids), next(self.number)
        value = f"label {number}", number % 2 == 0
        body = {"iccid": iccid, "status": "Enabled", "label": value[0], "imei_lock": value[1]}
        self._ask(client, "PUT", f"{SIMS}/{iccid}", self.states[iccid], value, body)

    def _set_limits(self, client, random):
        value = random.randint(5, 7), random.randint(5, 6)  # enough for all that is sent
        body = {"dataLimitId": value[0], "smsMtLimitId": value[1]}
        self._ask(client, "POST", f"{SIMS}/limits", self.limits, value, body)

    def _set_key(self, client, random):
        iccid, key = random.choice(self.iccids), f"a key with the number {next(self.number)}"
        path = f"/v1/integrate/devices/{iccid}/psk"
        body = {"secretKey": key, "protocol": "LWM2M", "format": "STRING"}
        self._ask(client, "POST", path, self.keys[iccid], key, body)

    def _make_template(self, client, random):
        if len(self.templates.kept) >= MOST_THINGS:
            self._remove(client, random, self.templates, TEMPLATES)
            return
        name = f"template {next(self.number)}"
        body = {
            "name": name,
            "template": TEMPLATE,
            "protocolFilter": ["UDP"],
            "status": "INACTIVE",
        }
        self._ask(client, "POST", TEMPLATES, self.templates, name, body, _id)

    def _make_webhook(self, client, random):
        if len(self.webhooks.kept) >= MOST_THINGS:
            self._remove(client, random, self.webhooks, CLOUDS)
            return
        number = next(self.number)
        self._integrate(client, f"webhook {number}", f"/{number}", "ERROR")

    def _integrate(self, client, name, path, *types):
        body = {"name": name, "url": self.webhook_url + path, "headers": {}}
        body["eventTypes"] = [{"type": kind} for kind in types]
        self._ask(client, "POST", f"{CLOUDS}/webhooks", self.webhooks, name, body, _id)

    def integrate(self):
        """Set the webhook that gets the devices' messages; nobody removes it."""
        with self._client() as client:
            self._integrate(client, "all", "", "TELEMETRY_DATA", "LIFECYCLE")

    def _remove(self, client, random, things, path):
        names = sorted(one for one in things.kept if things.contents[one] != "all")
        one = random.choice(names)
        self._ask(client, "DELETE", f"{path}/{one}", Removal(things), one)

    def _switch_endpoint(self, client, random):
        is_active = random.random() < 0.5
        body = {"active": is_active, "settings": []}
        self._ask(client, "PATCH", LWM2M, self.endpoint, is_active, body)

    def _act(self, client, random):
        iccid, text = random.choice(self.iccids), f"action {next(self.number)}"
        body = {"payload": text, "payloadType": "STRING", "port": ACTION_PORT, "path": "/do"}
        body["requestType"] = "POST"
        body["requestMode"] = random.choice(("SEND_NOW", "SEND_WHEN_ACTIVE"))
        path = f"/v1/integrate/devices/{iccid}/actions/COAP"
        self._ask(client, "POST", path, self.actions, (iccid, text), body, _id)

    def _send_message(self, client, random):
        iccid, text = random.choice(self.iccids), f"message {next(self.number)}"
        path = f"{SIMS}/{iccid}/sms"
        self._ask(client, "POST", path, self.messages, (iccid, text), {"payload": text}, _location)

    def _top_up(self, client, random):
        iccid = random.choice(self.iccids)
        self._ask(client, "POST", f"{SIMS}/{iccid}/topup", self.top_ups, iccid, id_of=_location)

    def _order(self, client, random):
        house = str(next(self.number))
        body = {"products": [{"productId": 1001, "quantity": 1}]}
        body["delivery_address"] = {**PLACE, "house_number": house}
        self._ask(client, "POST", "/v1/orders", self.orders, house, body, _location)

    def _ask_support(self, client, random):
        text = f"question {next(self.number)}"
        body = {"subject": text, "text": text, "replyToMail": "ada@example.com"}
        self._ask(client, "POST", "/v1/support", self.requests, text, {**body, "senderName": "A"})

    # -- reading ---------------------------------------------------------------------------

    def check(self):
        """Read all of it back."""
        with self._client() as client:
            reader = _Reader(client, self._sign_in)
            self._check_sims(reader)
            self._check_trade(reader)
            limits = reader.get(f"{SIMS}/limits")
            self.limits.check((limits["data"]["id"], limits["smsMt"]["id"]))
            self.endpoint.check(reader.get(LWM2M)["active"])
            self.templates.check([(one["id"], one["name"]) for one in reader.get(TEMPLATES)])
            clouds = reader.get(CLOUDS)["items"]
            self.webhooks.check([(one["id"], one["name"]) for one in clouds])
            rows = reader.items(ACTIONS, pageSize=100)
            self.actions.check([(one["id"], _action(one)) for one in rows])

    def _check_sims(self, reader):
        messages = []
        for iccid in self.iccids:
            sim = reader.get(f"{SIMS}/{iccid}")
            self.states[iccid].check((sim.get("label"), sim["imei_lock"]))
            key = reader.get(f"/v1/integrate/devices/{iccid}/psk/LWM2M", missing={})
            self.keys[iccid].check(key.get("secretKey"))
            rows = reader.pages(f"{SIMS}/{iccid}/sms", pageSize=100)
            to_it = (one for one in rows if one["sms_type"]["description"] == "MT")
            messages += [(one["id"], (iccid, one["payload"])) for one in to_it]
        self.messages.check(messages)

    def _check_trade(self, reader):
        orders, top_ups = [], []
        for one in reader.pages("/v1/orders", pageSize=10):
            number, iccids = one["order_number"], [sim["iccid"] for sim in one["sims"]]
            if one["order_type"] == "TOPUP":
                top_ups.append((number, iccids[0]))
                continue
            orders.append((number, one["shipping_address"]["house_number"]))
            for iccid in iccids:
                if self.delivered_sims.setdefault(iccid, number) != number:
                    raise Lost(f"SIM {iccid} was delivered by two orders")
        self.orders.check(orders)
        self.top_ups.check(top_ups)
        bought = Counter(iccid for _, iccid in top_ups)
        sims = {one["iccid"]: one for one in reader.pages(SIMS, pageSize=100)}
        if self.delivered_sims.keys() - sims.keys():
            raise Lost("SIMs of an order are not in the account")
        for iccid in self.iccids:
            volumes = sims[iccid]["current_quota"], sims[iccid]["current_quota_SMS"]
            times = 1 + bought[iccid]
            if volumes != (times * QUOTA_MB, times * QUOTA_SMS):
                raise Lost(f"SIM {iccid} was topped up {bought[iccid]} times and has {volumes}")
        rows = reader.pages("/v1/support", pageSize=100)
        self.requests.check([(one["caseId"], one["subject"]) for one in rows])

    def promised(self):
        """How many things of each kind were read back."""
        things = (self.templates, self.webhooks, self.orders, self.top_ups)
        more = (self.messages, self.actions, self.requests)
        return {one.name: len(one.contents) for one in (*things, *more)}

    def history(self):
        """The payloads of all messages that the Device Inspector has."""
        with self._client() as client:
            reader = _Reader(client, self._sign_in)
            token, payloads = None, []
            while True:
                query = {"pageSize": 25, **({} if token is None else {"nextToken": token})}
                page = reader.get("/v1/inspect/devices/history", **query)
                payloads += [one["payload"] for one in page["items"]]
                token = page.get("nextToken")
                if token is None:
                    return payloads

    def events(self):
        """How many events there are, by SIM, what happened and the second."""
        events = Counter()
        with self._client() as client:
            for iccid in self.iccids:
                path = f"{SIMS}/{iccid}/events"
                rows = _Reader(client, self._sign_in).pages(path, of="events", pageSize=1_000)
                events.update((iccid, row["event_type"], second_of(row)) for row in rows)
        return events

    def actions_by_status(self):
        """What was asked of devices, by how far it came."""
        found = defaultdict(set)
        with self._client() as client:
            for one in _Reader(client, self._sign_in).items(ACTIONS, pageSize=100):
                found[one["status"]].add(_action(one))
        return found


class _Reader:
    """Reads over the API, waits when it is told to, and signs in again when its hour is over."""

    def __init__(self, client, sign_in):
        self._client = client
        self._sign_in = sign_in

    def _answer(self, path, query):
        until = time.monotonic() + TIMEOUT_S
        while True:
            answer = self._client.get(path, params=query)
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                self._client.headers.update(self._sign_in())
                answer = self._client.get(path, params=query)
            if answer.status_code != httpx.codes.TOO_MANY_REQUESTS or time.monotonic() > until:
                return answer
            time.sleep(0.02)  # the world is faster than Retry-After says

    def get(self, path, missing=None, **query):
        answer = self._answer(path, query)
        if answer.status_code == httpx.codes.NOT_FOUND and missing is not None:
            return missing
        if not answer.is_success:
            raise Lost(f"GET {path} is answered with {answer.status_code}: {answer.text}")
        return answer.json()

    def pages(self, path, of=None, **query):
        """All items of a list whose pages are counted in a header; `of`: a field that has them."""
        items, page, pages = [], 1, 1
        while page <= pages:
            answer = self._answer(path, {**query, "page": page}).raise_for_status()
            pages = int(answer.headers["X-Total-Pages"])
            items += answer.json() if of is None else answer.json()[of]
            page += 1
        return items

    def items(self, path, **query):
        """All items of a list whose pages are counted in the body."""
        items, page, pages = [], 1, 1
        while page <= pages:
            body = self.get(path, **query, page=page)
            pages = body["pageAmount"]
            items += body["items"]
            page += 1
        return items


def second_of(row):
    """The second of an event's time, which is written in several ways."""
    return int(datetime.fromisoformat(row["timestamp"]).timestamp())


def _id(answer):
    return answer.json()["id"]


def _location(answer):
    return int(answer.headers["Location"].rpartition("/")[2])


def _action(request):
    return request["deviceId"], request["requestData"]["payload"]
