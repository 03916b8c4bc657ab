"""A firmware for the tests of targets: counts its starts on flash, goes online, sends records."""

import asyncio

from nce import Device
from nce_modem import Modem


def count_starts():
    """How often this flash was there at a start; 0 on a board without a flash."""
    try:
        with open("starts") as file:
            count = int(file.read())
    except OSError:
        count = 0
    try:
        with open("starts", "w") as file:
            file.write(str(count + 1))
    except OSError:
        return 0
    return count + 1


async def run(board):
    print("start", count_starts())
    modem = Modem(board, on_event=lambda event: print(type(event).__name__))
    device = Device(modem, topic="beacon", transport="coap")
    number = 0
    while True:
        number += 1
        try:
            await device.send(bytes([number % 256]))
            print("delivered", number)
        except OSError as error:
            print("not delivered:", error)
        await asyncio.sleep(2)
