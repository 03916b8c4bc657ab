"""Blueprint: a fix every quarter of an hour, stored first, delivered when the network is there.

Each fix of a recorded track goes to the outbox on flash; then what waits is delivered, the oldest
first, by CoAP over DTLS. Neither hours without coverage nor a power cut at any instant loses a
fix: 1NCE OS gets each at least once, and one that it gets again comes before any later fix.

On a host: `micropython -m blueprints.outbox UART_FD [POWER_KEY_FD]`, or, with a modem at a serial
port, `python -m blueprints.outbox /dev/ttyUSB0 [BAUDRATE]` (see docs/firmware.md); on a board:
`import blueprints.outbox`, then `asyncio.run(blueprints.outbox.run(Board()))`.
"""

import asyncio
import os

from blueprints import gps_codec
from blueprints.data import data_path
from blueprints.start import start
from gps_track import fixes
from nce.device import Device
from nce.folder import Folder
from nce.outbox import Outbox
from nce.slots import Slots
from nce_modem import Modem

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Board, Callable


TRACK = "gps_track.csv"
TOPIC = "gps"
PERIOD_S = 900
# Periods for which delivery is tried after the end of the track: a day.
LAST_PERIODS = 96


def say(event: object) -> None:
    """Progress, one line per event: its name, then its fields."""
    print(event)


async def forward(device: "Device", outbox: "Outbox") -> None:
    """Deliver the waiting fixes; those that cannot be delivered now stay in the outbox."""
    try:
        await device.flush()
    except OSError as error:
        if getattr(error, "is_permanent", False):
            raise  # a person has to act: no SIM, terms not accepted
        print("%d fixes wait: %s" % (len(outbox), error))


async def run(
    board: "Board",
    folder: "Folder | None" = None,
    key_store: "Slots | None" = None,
    random_bytes: "Callable[[int], bytes]" = os.urandom,
) -> int:
    """Store the whole track and deliver it; returns how many fixes still wait.

    `folder` keeps the records, `key_store` the credentials; both default to files.
    """
    outbox = Outbox(folder or Folder("outbox"))
    modem = Modem(board, on_event=say)
    device = Device(
        modem,
        gps_codec,
        TOPIC,
        outbox=outbox,
        credentials_store=key_store or Slots("key"),
        on_event=say,
        random_bytes=random_bytes,
    )
    try:
        with open(data_path(TRACK)) as track:
            for number, fix in enumerate(fixes(track)):
                if number < outbox.next_number:
                    continue  # stored before the reboot
                device.store(fix)
                await forward(device, outbox)
                await asyncio.sleep(PERIOD_S)
        for _ in range(LAST_PERIODS):
            await forward(device, outbox)
            if not len(outbox):
                break
            await asyncio.sleep(PERIOD_S)
    finally:
        await device.close()
        await modem.close()
    print("summary stored=%d waiting=%d" % (outbox.next_number, len(outbox)))
    return len(outbox)


if __name__ == "__main__":
    start(run)
