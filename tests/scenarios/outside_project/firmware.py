"""Firmware of a water tank: every hour it wakes, stores the level, delivers what waits, sleeps."""

import asyncio

from nce import Device, Folder, Outbox, Slots
from nce_bcl import Template
from nce_modem import Modem

TEMPLATE = {"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}
TOPIC = "tank"
PERIOD_S = 3600


async def wake(board, flash, level, say=print):
    """One life between two deep sleeps; how many levels still wait on flash."""
    outbox = Outbox(Folder(flash + "/outbox"))
    modem = Modem(board, on_event=say)
    device = Device(
        modem,
        Template(TEMPLATE),
        TOPIC,
        outbox=outbox,
        credentials_store=Slots(flash + "/key"),
        session_store=Slots(flash + "/session"),
        on_event=say,
    )
    try:
        device.store({"level": level})
        await device.flush()
    except OSError as error:
        say("%d wait: %s" % (len(outbox), error))
    finally:
        await device.close()
        await modem.close()
    return len(outbox)


async def run(board, flash, measure, lives, say=print):
    """Wake so many times, an hour apart; how many levels still wait after the last."""
    waiting = 0
    for _ in range(lives):
        waiting = await wake(board, flash, measure(), say)
        await asyncio.sleep(PERIOD_S)
    return waiting
