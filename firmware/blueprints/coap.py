"""Blueprint: every fix of a recorded GPS track as Energy Saver telemetry, by CoAP over DTLS.

From power-on: attach, authenticate by the SIM, handshake, then one confirmable POST `/?t=gps` per
fix. Prints a line per step and fix; the exit status is 0 when every fix was acknowledged.

`gps_codec.py` packs the fixes. It is made of `gps_template.json`, which 1NCE OS decodes them by:

    nce bcl compile gps_template.json --encode-only -o gps_codec.py

On a host: `micropython -m blueprints.coap UART_FD [POWER_KEY_FD]`, or, with a modem at a serial
port, `python -m blueprints.coap /dev/ttyUSB0 [BAUDRATE]` (see docs/firmware.md); on a board:
`import blueprints.coap`, then `asyncio.run(blueprints.coap.run(Board()))`.
"""

import gc
import os

from blueprints import gps_codec
from blueprints.data import data_path
from blueprints.start import start
from gps_track import fixes
from nce.device import Device
from nce_modem import Modem

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Board, Callable


TRACK = "gps_track.csv"
TOPIC = "gps"
# A collection after this many bytes keeps live objects together and the free heap in one piece:
# MicroPython doubles its table of names to 14 KB at the 1260th name, with 64 bits.
COLLECT_EACH_BYTES = 16_384


def say(event: object) -> None:
    """Progress, one line per event: its name, then its fields."""
    print(event)


def live_heap() -> "int | None":
    """Bytes in use after a collection; None when the interpreter does not say."""
    if not hasattr(gc, "mem_alloc"):
        return None
    gc.collect()
    return gc.mem_alloc()  # type: ignore[no-any-return]


async def run(board: "Board", random_bytes: "Callable[[int], bytes]" = os.urandom) -> int:
    """Send the whole track; returns how many fixes were acknowledged."""
    if hasattr(gc, "threshold"):
        gc.threshold(COLLECT_EACH_BYTES)
    modem = Modem(board, on_event=say)
    acknowledged = repeated = 0
    heap_peak = live_heap()
    try:
        async with Device(
            modem, gps_codec, TOPIC, on_event=say, random_bytes=random_bytes
        ) as device:
            with open(data_path(TRACK)) as track:
                for fix in fixes(track):
                    delivery = await device.send(fix)
                    acknowledged += 1
                    repeated += delivery.attempts > 1
                    heap = live_heap()
                    if heap is not None and heap > heap_peak:  # type: ignore[operator]
                        heap_peak = heap
                    print("acknowledged %d in %d" % (acknowledged, delivery.attempts))
    finally:
        await modem.close()
    print("summary acknowledged=%d repeated=%d" % (acknowledged, repeated))
    if heap_peak is not None:
        print("summary heap_peak=%d heap_size=%d" % (heap_peak, gc.mem_alloc() + gc.mem_free()))  # type: ignore[attr-defined]
    return acknowledged


if __name__ == "__main__":
    start(run)
