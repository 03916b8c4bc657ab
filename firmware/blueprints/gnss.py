"""Blueprint: where the device is, by its modem's own receiver, as Energy Saver telemetry.

As `blueprints.coap`, with fixes from the satellites instead of a recorded track: each period one
fix, packed by the same template and delivered by CoAP over DTLS. Where there is no fix, indoors,
the next period tries again. On most modems LTE is off while the receiver works.

On a host: `micropython -m blueprints.gnss UART_FD [POWER_KEY_FD]`, or, with a modem at a serial
port, `python -m blueprints.gnss /dev/ttyUSB0 [BAUDRATE]` (see docs/firmware.md); on a board:
`import blueprints.gnss`, then `asyncio.run(blueprints.gnss.run(Board()))`.
"""

import asyncio
import os

from blueprints import gps_codec
from blueprints.start import start
from gps_fix import record_of
from nce.device import Device
from nce_modem import Modem
from nce_modem.gnss import NoFix, locate

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Board, Callable


TOPIC = "gps"
FIXES = 10
PERIOD_S = 60
FIX_TIMEOUT_S = 180
MOST_MISSES = 100  # periods without a fix


def say(event: object) -> None:
    """Progress, one line per event: its name, then its fields."""
    print(event)


async def run(
    board: "Board",
    random_bytes: "Callable[[int], bytes]" = os.urandom,
    fixes: int = FIXES,
    period_s: int = PERIOD_S,
    fix_timeout_s: int = FIX_TIMEOUT_S,
) -> int:
    """Send `fixes` positions; returns how many were acknowledged.

    Raises `UsageError` when the modem's family has no receiver.
    """
    modem = Modem(board, on_event=say)
    acknowledged = misses = 0
    try:
        async with Device(
            modem, gps_codec, TOPIC, on_event=say, random_bytes=random_bytes
        ) as device:
            while acknowledged < fixes and misses < MOST_MISSES:
                if acknowledged + misses:
                    await asyncio.sleep(period_s)
                try:
                    record = record_of(await locate(modem, fix_timeout_s))
                except NoFix as error:
                    misses += 1
                    print("no fix: %s" % error)
                    continue
                delivery = await device.send(record)
                acknowledged += 1
                print("acknowledged %d in %d" % (acknowledged, delivery.attempts))
    finally:
        await modem.close()
    print("summary acknowledged=%d misses=%d" % (acknowledged, misses))
    return acknowledged


if __name__ == "__main__":
    start(run)
