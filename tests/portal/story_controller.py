"""The Device Controller in a browser: UDP, and LwM2M with a client of another project."""

import asyncio
import concurrent.futures
import contextlib
import struct
import threading

import httpx
import pytest

from support.portal_browser import faults_of_looks, owner, shot, signed_in

aiocoap = pytest.importorskip("aiocoap", reason="the extra `dev` installs it")
from aiocoap import resource  # noqa: E402

TIMEOUT_S = 30
TEXT_PLAIN = 0
HAS_VALUE = "text => [...document.querySelectorAll('input')].some(one => one.value === text)"


@pytest.fixture(scope="module")
def world(world):
    activate_lwm2m(world)
    return world


def activate_lwm2m(world):
    """The endpoint LWM2M of the customer's Device Integrator."""
    api = world.description["api"]
    with httpx.Client(base_url=api["url"], timeout=TIMEOUT_S) as client:
        pair = (api["client_id"], api["client_secret"])
        answer = client.post("/oauth/token", auth=pair, json={"grant_type": "client_credentials"})
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        path = "/v1/integrate/devices/endpoints/LWM2M"
        answer = client.patch(path, json={"active": True, "settings": []})
        assert answer.status_code == 200, answer.text


class Value(resource.ObservableResource):
    """A resource that is read, written, and observed."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    async def render_get(self, request):
        return aiocoap.Message(payload=self.value, content_format=TEXT_PLAIN)

    async def render_put(self, request):
        # TLV: what comes last is a float of 4 bytes (OMA LwM2M Core 1.1, 7.4.3).
        self.value = b"%g" % struct.unpack(">f", request.payload[-4:])
        return aiocoap.Message(code=aiocoap.CHANGED)


class Bootstrapped(resource.Resource):
    """Takes whatever the bootstrap server writes and deletes."""

    def __init__(self, end=None):
        super().__init__()
        self._end = end

    async def render(self, request):
        if self._end is not None:
            self._end.set()
        is_deleted = request.code == aiocoap.DELETE
        return aiocoap.Message(code=aiocoap.DELETED if is_deleted else aiocoap.CHANGED)


class Executed(resource.Resource):
    def __init__(self):
        super().__init__()
        self.count = 0

    async def render_post(self, request):
        self.count += 1
        return aiocoap.Message(code=aiocoap.CHANGED)


class Client:
    """An LwM2M client in a thread of its own, registered at the server's twin."""

    def __init__(self, world, number):
        self._twin = world.description["sims"][number - 1]["twin"]
        services = world.description["endpoints"]
        [server] = [
            each["twin"]
            for each in services
            if each["service"] == "lwm2m.os.1nce.com" and each["twin"].endswith(":5683")
        ]
        self._server = f"coap://{server}"
        self.temperature, self.reboot = Value(b"21.5"), Executed()
        self.bootstrapped, self._is_there, self._end = (threading.Event() for _ in range(3))

    async def _run(self):
        site = resource.Site()
        site.add_resource(("3303", "0", "5700"), self.temperature)
        site.add_resource(("3", "0", "4"), self.reboot)
        for path in (("0",), ("1",), ("0", "0"), ("0", "1"), ("1", "0")):
            site.add_resource(path, Bootstrapped())
        site.add_resource(("bs",), Bootstrapped(self.bootstrapped))
        context = await aiocoap.Context.create_server_context(
            site, bind=(self._twin, 0), transports=["udp6"]
        )
        try:
            await self._post(context, "/bs?ep=a%20lamp")
            assert await asyncio.to_thread(self.bootstrapped.wait, TIMEOUT_S)
            links = b"</3/0>,</3303/0>"
            await self._post(context, "/rd?ep=a%20lamp&lt=300&lwm2m=1.1&b=U", links, 40)
            self._is_there.set()
            await asyncio.to_thread(self._end.wait, 10 * TIMEOUT_S)
        finally:
            await context.shutdown()

    async def _post(self, context, path, payload=b"", number=None):
        message = aiocoap.Message(code=aiocoap.POST, uri=self._server + path, payload=payload)
        message.opt.content_format = number
        answer = await asyncio.wait_for(context.request(message).response, TIMEOUT_S)
        assert answer.code.is_successful(), answer

    @contextlib.contextmanager
    def registered(self):
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            running = pool.submit(asyncio.run, self._run())
            try:
                while not self._is_there.wait(0.05):
                    assert not running.done(), running.exception()
                yield self
            finally:
                self._end.set()
                running.result(TIMEOUT_S)


def choose(page, label, option):
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=option, exact=True).click()


def send(page):
    page.get_by_role("button", name="Send", exact=True).click()


def device_field(page):
    return page.get_by_role("form", name="Send to a device").get_by_label("Device ID (ICCID)")


def test_a_datagram_is_sent_to_a_device_and_its_fate_is_watched(browser, world):
    sim = world.description["sims"][0]
    page = owner(browser, world, at="/os/controller")
    assert faults_of_looks(page, "controller") == set()
    send(page)
    page.get_by_text("Give the ICCID of a device.").wait_for()
    page.get_by_role("button", name=f"Choose {sim['iccid']}").click()
    choose(page, "Protocol", "UDP")
    page.get_by_label("Port").fill("7000")
    page.get_by_label("Data", exact=True).fill("<b>on</b>")
    send(page)
    page.get_by_text("Data delivery successful").wait_for()
    on_the_way = {"direction": "down", "destination": f"{sim['address']}:7000"}
    sent = world.control.wait_for("datagram", after=0, **on_the_way)
    assert bytes.fromhex(sent.fields["payload"]) == b"<b>on</b>"
    page.get_by_role("tab", name="Requests").click()
    archived = page.get_by_role("region", name="Archived")
    archived.get_by_text("<b>on</b>").wait_for()
    assert faults_of_looks(page, "requests") == set()
    choose(page, "Protocol", "LwM2M")
    archived.get_by_text("No request ended").wait_for()
    assert page.locator("main b").count() == 0
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_request_that_waits_is_cancelled(browser, world):
    iccid = world.description["sims"][1]["iccid"]
    page = owner(browser, world, at=f"/os/controller?iccid={iccid}")
    choose(page, "Request mode", "Send when device is active")
    send(page)
    page.get_by_text("Waits until the device is active.").wait_for()
    page.get_by_role("tab", name="Requests").click()
    page.get_by_role("button", name="Cancel the request").click()
    page.get_by_role("region", name="Archived").get_by_text("Cancelled").first.wait_for()
    page.get_by_role("tab", name="Devices").click()
    page.get_by_text("Cancelled: nothing is sent.").wait_for()
    device_field(page).fill("1")
    send(page)
    page.get_by_text("there is no device '1'").wait_for()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_registered_client_is_read_written_executed_and_observed(browser, world):
    iccid = world.description["sims"][0]["iccid"]
    page = owner(browser, world, at=f"/os/controller?iccid={iccid}")
    page.get_by_text("Choose a device that is registered").wait_for()
    choose(page, "Protocol", "LwM2M")
    send(page)
    page.get_by_text("Device is not registered to any LwM2M server.").wait_for()
    with Client(world, 1).registered() as client:
        card = page.get_by_role("region", name="LwM2M")
        card.get_by_role("button", name="Refresh: LwM2M").click()
        card.get_by_text("a lamp").wait_for()
        card.get_by_role("button", name="Read /3303/0 Temperature").click()
        address = page.get_by_label("Resource address")
        page.wait_for_function(HAS_VALUE, arg="/3303/0")
        address.fill("/3303/0/5700")
        status = page.get_by_role("status", name="The last request")
        send(page)
        status.get_by_text("21.5").wait_for()
        shot(page, "controller-lwm2m")
        choose(page, "Action", "Write")
        page.get_by_label("Value to write").fill("18")
        send(page)
        status.get_by_text("code: 204").wait_for()
        assert client.temperature.value == b"18"
        choose(page, "Action", "Start observing")
        send(page)
        card.get_by_role("button", name="End observing /3303/0/5700").wait_for()
        status.get_by_text("18").wait_for()
        card.get_by_role("button", name="End observing /3303/0/5700").click()
        send(page)
        card.get_by_text("Nothing is observed.").wait_for()
        address.fill("/3/0/4")
        choose(page, "Action", "Execute")
        send(page)
        status.get_by_text("code: 204").wait_for()
        assert client.reboot.count == 1
        address.fill("/3")
        send(page)
        page.get_by_text("execute takes 3").wait_for()
    assert page.trouble == []


@pytest.mark.exhaustive
def test_a_read_only_user_watches_and_does_not_send(browser, world):
    page = signed_in(browser, world, world.user("Read Only"), at="/os/controller")
    assert page.get_by_role("button", name="Send", exact=True).is_disabled()
    page.get_by_role("button", name="Send", exact=True).locator("..").hover()
    page.get_by_text("The role Read Only does not permit this.").first.wait_for()
    assert page.trouble == []
