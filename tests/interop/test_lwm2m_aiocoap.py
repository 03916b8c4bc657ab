"""aiocoap, unmodified, as an LwM2M client at a SIM's twin: bootstrapped, registered, observed."""

from __future__ import annotations

import asyncio

import aiocoap
from aiocoap import resource
from aiocoap.numbers.codes import Code

from support.lwm2m_world import activate, done, reported
from support.twin_world import TIMEOUT_S, open_twins

TLV, LINK_FORMAT = 11542, 40
TEXT = "a name of a light, over and over; "


class Told(resource.Resource):
    """Takes whatever a bootstrap server writes, and notes it."""

    def __init__(self, told, path):
        super().__init__()
        self._told, self._path = told, path

    async def render(self, request):
        self._told.append((str(request.code), self._path, len(request.payload)))
        code = {Code.DELETE: Code.DELETED}.get(request.code, Code.CHANGED)
        return aiocoap.Message(code=code)


class Value(resource.ObservableResource):
    """A resource whose value changes."""

    def __init__(self, value):
        super().__init__()
        self.value = value

    async def render_get(self, request):
        return aiocoap.Message(code=Code.CONTENT, payload=self.value, content_format=0)

    def change(self, value):
        self.value = value
        self.updated_state()


async def until(condition):
    async with asyncio.timeout(TIMEOUT_S):
        while not condition():
            await asyncio.sleep(0.01)


async def client_at_a_twin():
    told, temperature, name = [], Value(b"21.5"), Value((TEXT * 60).encode())
    site = resource.Site()
    for path in (("0",), ("1",), ("0", "0"), ("0", "1"), ("1", "0"), ("bs",)):
        site.add_resource(path, Told(told, "/" + "/".join(path)))
    site.add_resource(("3303", "0", "5700"), temperature)
    site.add_resource(("3311", "0", "5750"), name)
    async with open_twins() as twins:
        activate(twins.world, twins.backend)
        server = "coap://" + twins.coap_twin.rpartition(".")[0] + ".240"
        context = await aiocoap.Context.create_server_context(
            site, bind=(twins.sim_twin, 0), transports=["udp6"]
        )

        async def post(path, payload=b"", number=None):
            message = aiocoap.Message(code=aiocoap.POST, uri=server + path, payload=payload)
            message.opt.content_format = number
            return await asyncio.wait_for(context.request(message).response, TIMEOUT_S)

        try:
            refused = await post("/rd?ep=a&lt=300&lwm2m=1.1", b"</3/0>", LINK_FORMAT)
            begun = await post("/bs?ep=a")
            await until(lambda: len(told) == 6)
            links = b"</3303/0>,</3311/0>" + b"".join(b",</3347/%d>" % at for at in range(150))
            registered = await post("/rd?ep=a&lt=300&lwm2m=1.1", links, LINK_FORMAT)
            read = await done(twins, "read", "/3311/0/5750")
            observed = await done(twins, "observe-start", "/3303/0/5700")
            before = len(reported(twins.backend, twins.sim))
            temperature.change(b"22.5")
            await until(lambda: len(reported(twins.backend, twins.sim)) > before)
            values = reported(twins.backend, twins.sim)
            location = "/" + "/".join(registered.opt.location_path)
            updated = await post(location)
        finally:
            await context.shutdown()
        return told, (refused, begun, registered, updated), read, observed, values, len(links)


def test_aiocoap_bootstraps_registers_and_is_observed():
    told, answers, read, observed, values, size = asyncio.run(client_at_a_twin())
    assert [one[:2] for one in told] == [
        ("DELETE", "/0"),
        ("DELETE", "/1"),
        ("PUT", "/0/0"),
        ("PUT", "/0/1"),
        ("PUT", "/1/0"),
        ("POST", "/bs"),
    ]
    codes = [answer.code for answer in answers]
    assert codes == [Code.FORBIDDEN, Code.CHANGED, Code.CREATED, Code.CHANGED]
    assert size > 1024, "the list of links came in blocks"
    assert read.status == observed.status == "SUCCEEDED"
    assert TEXT * 60 in read.result["payload"], "and the answer of a read as well"
    assert values[-1] == {"/3303/0/5700": 22.5}
