"""A simulated modem in real time at a place where other people's programs find it.

async with Station("bg95") as station:      # on a pty: station.port.path
    await station.registered()
    station.send_text("Hello")              # an SMS to it
    station.texts_sent                      # what left by SMS
"""

import asyncio
import dataclasses
import socket

from nce_sim.clock import LoopClock
from nce_sim.modem.memory import Context
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.ports.descriptor import DescriptorLine
from nce_sim.ports.pty import PtyPort
from nce_sim.settings import CellSettings, Settings
from nce_sim.world import World

QUICK_CELL = CellSettings(search_ms=(50, 60), attach_ms=(20, 30))


class Station:
    """A modem that is on, on a pty, with what went by SMS."""

    def __init__(self, family):
        self.world = World(seed=5, clock=LoopClock(), settings=Settings(cell=QUICK_CELL))
        personality = dataclasses.replace(
            PERSONALITIES[family], boot_ms=50, sim_ready_ms=50, power_down_ms=50
        )
        self.sim = self.world.add_sim()
        self.modem = self.world.add_modem(self.sim, personality)
        self.modem.nvm.contexts[personality.attach_cid] = Context("IP", "iot.1nce.net")
        self.modem.nvm.function = 1
        self.port = PtyPort(self.modem)
        self.modem.power_on()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        self.port.close()

    async def registered(self):
        for _ in range(500):
            if self.modem.radio.is_registered:
                return
            await asyncio.sleep(0.01)
        raise TimeoutError("the modem did not register")

    def send_text(self, text):
        """Send an SMS to the modem."""
        self.world.operator.sms.send_mt(self.sim, text, dcs=0)

    async def has_text(self):
        """Wait until the modem keeps an SMS."""
        store = self.modem.messaging.store
        for _ in range(1_000):
            if any(store.memory(name) for name in store.names):
                return
            await asyncio.sleep(0.01)
        raise TimeoutError("no SMS came to the modem")

    @property
    def destinations(self):
        """Where the modem's own SMS went."""
        messages = self.world.operator.sms.messages(self.sim)
        return [each.destination for each in messages if each.destination != self.sim.msisdn]

    @property
    def commands(self):
        """Each command as a program typed it, with what became of it, in order."""
        records = [
            each
            for each in self.world.timeline.records()
            if each.kind in ("command", "result") and each.source == self.modem.name
        ]
        for position, record in enumerate(records):
            if record.kind == "command":
                after = records[position + 1 : position + 2]
                yield (
                    record.fields["text"],
                    (after[0].fields["text"] if after and after[0].kind == "result" else "OK"),
                )


class AbstractSocket:
    """A modem at an abstract unix socket, where ModemManager looks for its virtual ports."""

    def __init__(self, modem, name):
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind("\0" + name)
        self._listener.listen()
        self._listener.setblocking(False)
        self._modem = modem
        self._line = self._stream = None
        asyncio.get_running_loop().add_reader(self._listener, self._accept)

    def _accept(self):
        self._close_line()
        self._stream, _ = self._listener.accept()
        self._stream.setblocking(False)
        self._line = DescriptorLine(self._stream.fileno(), self._modem)
        self._line.open()

    def _close_line(self):
        if self._line is not None:
            self._line.close()
            self._stream.close()
            self._line = None

    def close(self):
        asyncio.get_running_loop().remove_reader(self._listener)
        self._close_line()
        self._listener.close()
