"""A host by hand, in virtual time: type bytes, let time pass, see what came back.

typist = Typist(world, modem)
typist.switch_on()
typist.type(b"AT\\r")                    # b"AT\\r\\r\\nOK\\r\\n"
typist.ask("AT+CSQ")                    # ["+CSQ: 23,99", "OK"], echo and blank lines dropped
"""

from __future__ import annotations

from nce_sim.modem.core import Modem
from nce_sim.world import World


class Typist:
    """A person at a modem's line."""

    def __init__(self, world: World, modem: Modem) -> None:
        self.world = world
        self.modem = modem
        self._received = bytearray()
        modem.send_to_host = self._received.extend

    @property
    def line_end(self) -> bytes:
        """What ends a command line of this modem."""
        rules = self.modem.personality.line_rules
        return b"\r" if rules is None else rules.end

    def ended(self, sent: bytes) -> bytes:
        """The bytes, with the end of a line of this modem in place of a last CR."""
        return sent[:-1] + self.line_end if sent.endswith(b"\r") else sent

    def take(self) -> bytes:
        """What came since last time."""
        data = bytes(self._received)
        self._received.clear()
        return data

    def wait(self, duration_ms: int) -> bytes:
        """Let time pass and take what came by its end."""
        self.world.advance(duration_ms)
        return self.take()

    def type(self, data: bytes, wait_ms: int = 400) -> bytes:
        """Send bytes; returns what came within `wait_ms`."""
        self.modem.receive_from_host(data)
        return self.wait(wait_ms)

    def ask(self, line: str, wait_ms: int = 400) -> list[str]:
        """Send a command line; returns the lines that came, without echo and empty ones."""
        answer = self.type(line.encode() + self.line_end, wait_ms).decode("latin-1")
        lines = answer.replace("\r", "\n").split("\n")
        return [text for text in lines if text and text != line]

    def quieten(self) -> bool:
        """Echo off and results in words, if the family has such switches; whether it answers."""
        for line in ("ATE0V1", "ATE0", "AT"):
            if self.type(line.encode() + self.line_end).endswith(b"OK\r\n"):
                return True
        return False

    def press(self, duration_ms: int) -> None:
        """Hold the power key for a while."""
        self.modem.press_power_key()
        self.world.advance(duration_ms)
        self.modem.release_power_key()

    def switch_on(self) -> bytes:
        """Press the power key and wait until SIM and banner are through."""
        self.press(self.modem.personality.power_on_pulse_ms)
        return self.wait(self.modem.personality.boot_ms + 2_000)

    def attach(self, apn: str = "iot.1nce.net", limit_ms: int = 60_000) -> None:
        """Switch on, set the APN and wait for the network; TimeoutError when it does not come.

        The APN goes to the context of the default bearer, and a radio that is off after power-on
        (Nordic, Sequans) is switched on.
        """
        self.switch_on()
        cid = self.modem.personality.attach_cid
        self.quieten()
        self.ask(f'AT+CGDCONT={cid},"IP","{apn}"')
        if "+CFUN: 1" not in self.ask("AT+CFUN?"):
            self.ask("AT+CFUN=1")
        for _ in range(limit_ms // 500):
            if self.modem.radio.is_registered:
                self.take()
                return
            self.world.advance(500)
        raise TimeoutError(f"not registered after {limit_ms} ms; stat is {self.modem.radio.stat}")
