"""A device with an outbox over a scripted network, on every interpreter: nothing stored is lost.

The power is cut at every write to flash; meanwhile the network is away, and acknowledgements are
lost. What the server got: every record, in order, each one again only in its own place.
"""

import asyncio

from memory_stores import Flash, PowerCutError
from nce.coap.message import ACK, CON, Message, decode, encode
from nce.coap.parameters import Parameters
from nce.device import Device, Undelivered
from nce.outbox import Outbox

QUICK = Parameters(1, 100, 1, 1, 1, 2, 1000)
SMALL = {"max_bytes": 1024, "segment_bytes": 128, "max_record": 40}
RECORDS = 24


class Network:
    """A bearer that is away for some attaches, and a server whose answers are lost at times."""

    max_datagram = 1200

    def __init__(self):
        self.attaches = 0
        self.taken = []
        self.inbox = []

    async def attach(self):
        self.attaches += 1
        if self.attaches % 5 in (2, 3, 4):
            raise OSError("no network")

    async def open_datagram(self, host, port):
        self.inbox = []
        return self

    async def send(self, data):
        request = decode(data)
        if request.type == CON:
            self.taken.append(request.payload)
            if len(self.taken) % 4:
                answer = Message(ACK, 0x44, request.mid, request.token, (), b"")
                self.inbox.append(encode(answer))

    async def receive(self, timeout_ms):
        if not self.inbox:
            await asyncio.sleep(timeout_ms / 1000)
        return self.inbox.pop(0) if self.inbox else None

    async def close(self):
        pass


async def life(network, flash, join):
    """Store what is still to be stored, deliver all; True when done, False when the power went."""
    try:
        outbox = Outbox(flash, **SMALL)
        device = Device(
            network,
            transport="coap",
            outbox=outbox,
            join=join,
            coap_options={"parameters": QUICK},
            retry_pauses_ms=(0,),
        )
        for _ in range(10 * RECORDS):
            for _record in range(3 if join else 1):
                if outbox.next_number < RECORDS:
                    device.store(b"%d" % outbox.next_number)
            if not len(outbox):
                return True
            try:
                await device.flush()
            except Undelivered:
                pass  # it waits
        raise AssertionError("no end")
    except PowerCutError:
        return False


def lives(cut_at, join=None):
    network = Network()
    flash = Flash(cut_at)

    async def main():
        return await life(network, flash, join) or await life(network, flash, join)

    assert asyncio.run(main())
    return network.taken, flash.writes


def check(records, window):
    # Each new one is the next; one that came before is no older than the window.
    due = 0
    for record in records:
        number = int(record)
        assert due - window <= number <= due, (number, due)
        due = max(due, number + 1)
    assert due == RECORDS


def test_every_record_arrives_wherever_the_power_is_cut():
    taken, writes = lives(None)
    check(taken, 1)
    assert writes > 2 * RECORDS
    for cut_at in range(1, writes + 1):
        taken, _writes = lives(cut_at)
        check(taken, 1)


def test_records_that_share_a_datagram_come_again_together_or_not_at_all():
    _taken, writes = lives(None, b" ".join)
    for cut_at in range(1, writes + 1):
        taken, _writes = lives(cut_at, b" ".join)
        largest = max([len(payload.split()) for payload in taken])
        assert largest > 1
        check(b" ".join(taken).split(), largest + 1)


def test_udp_hands_each_record_to_the_bearer_and_promises_no_more():
    class Datagrams(Network):
        async def attach(self):
            pass

        async def send(self, data):
            self.taken.append(data)

    async def main():
        network = Datagrams()
        device = Device(network, transport="udp", outbox=Outbox(Flash()))
        device.store(b"a")
        device.store(b"b", 1)
        assert await device.flush() == 2
        delivery = await device.send(b"c")
        assert (delivery.code, delivery.proof) == (None, "unproven")
        return network.taken

    assert asyncio.run(main()) == [b"b", b"a", b"c"]
