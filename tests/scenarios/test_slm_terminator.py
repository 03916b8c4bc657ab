"""What ends the data mode of Nordic's SLM stands in a record of DTLS: the record is sealed again.

That `+++` stands in a record is an accident, once in some 170000 records of 100 bytes. Here both
sides take for the terminator what the header of the first record holds: there it always stands.
"""

import pytest

from nce.device import ACKNOWLEDGED, Device, Undelivered
from nce.dtls.parameters import Parameters
from nce_modem import Modem
from nce_modem.families import nordic_slm
from nce_sim.backend import Backend
from nce_sim.clock import run_virtual
from nce_sim.modem.personalities.nordic import sockets
from nce_sim.ports.pipe import PipeBoard
from nce_sim.world import World

# Of the version, epoch 1, number 1 (RFC 6347, 4.1): record 0 is the Finished of the handshake.
FIRST_RECORD = bytes.fromhex("fd 0001 000000000001")

NO_FLIGHT_TWICE = Parameters(60_000, 60_000, 2)  # or the second Finished were record 1


def delivery_of_one_message():
    async def story(clock):
        world = World(seed=3, clock=clock)
        sim = world.add_sim()
        with Backend(world) as backend:
            modem = Modem(PipeBoard(world.add_modem(sim, personality="nrf91-slm2")))
            device = Device(modem, dtls_options={"parameters": NO_FLIGHT_TWICE})
            start_ms = clock.now_ms()
            try:
                delivery = await device.send(b"a message")
                return delivery, clock.now_ms() - start_ms, backend.counters.messages
            finally:
                await device.close()
                await modem.close()

    return run_virtual(story)


def test_the_message_passes_in_the_record_behind(monkeypatch):
    as_it_is = delivery_of_one_message()
    monkeypatch.setattr(nordic_slm, "TERMINATOR", FIRST_RECORD)
    monkeypatch.setattr(sockets, "DATA_MODE_END", FIRST_RECORD)
    refused = []
    unsayable = nordic_slm.Unsayable.__init__

    def counted(self, *arguments, **options):
        refused.append(self)
        unsayable(self, *arguments, **options)

    monkeypatch.setattr(nordic_slm.Unsayable, "__init__", counted)
    delivery, took_ms, messages = delivery_of_one_message()
    assert refused
    assert delivery.proof == ACKNOWLEDGED
    assert messages == 1
    # At once: no retransmission is waited for, and no second attempt was made.
    assert delivery.attempts == as_it_is[0].attempts == 1
    assert took_ms < as_it_is[1] + 1_000


def test_a_message_that_is_not_sealed_again_is_refused(monkeypatch):
    monkeypatch.setattr(nordic_slm, "TERMINATOR", FIRST_RECORD)
    monkeypatch.setattr(sockets, "DATA_MODE_END", FIRST_RECORD)
    monkeypatch.setattr("nce.dtls.session.MOST_SEALINGS", 1)
    with pytest.raises(Undelivered, match=r"both \+\+\+ and the byte 0x00"):
        delivery_of_one_message()
