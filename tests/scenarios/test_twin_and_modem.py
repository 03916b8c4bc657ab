"""One SIM, two programs that are it: its modem's session and a program at its twin."""

import asyncio
import socket

from nce_sim.scenarios.open_world import OpenWorld
from nce_sim.wire.datagram import Address, Datagram
from support.running_world import GET_BOOTSTRAP, parts

TIMEOUT_S = 20


def test_a_twin_program_is_answered_beside_its_modem_and_the_console_tells_of_both():
    async def main():
        loop = asyncio.get_running_loop()
        world = OpenWorld(sims=1)
        await world.start()
        told, to_modem = [], asyncio.Queue()
        try:
            world.on_record(
                lambda record: told.append(record.fields) if record.kind == "downlink" else None
            )
            description = world.description()
            sim, core = description["sims"][0], world._world.core
            coap = parts(description["endpoints"][0]["twin"])
            session = core.open_session(world._world.sims[0], to_modem.put_nowait)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
                line.setblocking(False)
                line.bind((sim["twin"], 0))
                port = line.getsockname()[1]

                async def bootstrap_by_twin():
                    await loop.sock_sendto(line, GET_BOOTSTRAP, coap)
                    answer = await asyncio.wait_for(loop.sock_recv(line, 2048), TIMEOUT_S)
                    assert answer[:2] == b"\x60\x45"
                    return answer

                answer = await bootstrap_by_twin()
                assert sim["iccid"].encode() in answer
                # The modem by the same port, with another message: the answer is the modem's.
                service = Address(core.settings.coap_host, coap[1])
                request = GET_BOOTSTRAP.replace(b"\x00\x01", b"\x00\x02", 1)
                session.send(Datagram(Address(sim["address"], port), service, request))
                down = await asyncio.wait_for(to_modem.get(), TIMEOUT_S)
                assert down.payload[:4] == b"\x60\x45\x00\x02"
                await bootstrap_by_twin()
            return sim["address"], port, told
        finally:
            await world.close()

    host, port, told = asyncio.run(main())
    modem, twin = "the modem's session", "the twin program"
    assert [(event["address"], event["goes_to"], event["lost_by"]) for event in told] == [
        (host, modem, twin),
        (f"{host}:{port}", modem, twin),
        (f"{host}:{port}", twin, modem),
    ]
