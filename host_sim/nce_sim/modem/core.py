"""One modem: power, memory, and the parts that make it up.

    modem = world.add_modem(sim)            # powered off, as delivered
    modem.send_to_host = received.append
    modem.press_power_key(); clock.advance(600); modem.release_power_key()
    clock.advance(3000)                     # RDY
    modem.receive_from_host(b"AT\\r")

Settings are kept in `nvm` (through power cycles) or in `ram` (until the next start): see `memory`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from random import Random
from typing import Any

from nce_sim.clock import Clock, Handle
from nce_sim.modem.faults import Faults
from nce_sim.modem.holder import Holder
from nce_sim.modem.line.conversation import Conversation
from nce_sim.modem.line.grammar import Command
from nce_sim.modem.line.results import NO_RESULT, CommandFailed
from nce_sim.modem.line.steps import Steps
from nce_sim.modem.line.uart import Uart
from nce_sim.modem.memory import Memory
from nce_sim.modem.personality import Personality
from nce_sim.modem.power import Power, PowerKey
from nce_sim.modem.power_saving import PowerSaving
from nce_sim.modem.radio import Radio
from nce_sim.modem.receiver import Receiver
from nce_sim.modem.registration import MINIMUM
from nce_sim.modem.terminal import Terminal, note_of
from nce_sim.network.operator import Operator
from nce_sim.record.timeline import Timeline
from nce_sim.settings import ModemSettings
from nce_sim.sim_card import PinState, SimCard


class Modem(Memory):
    """A simulated modem with its UART, its SIM and its radio."""

    def __init__(
        self,
        name: str,
        personality: Personality,
        *,
        clock: Clock,
        timeline: Timeline,
        random: Random,
        operator: Operator,
        sim: SimCard | None,
        imei: str,
        calendar_start_s: int,
        settings: ModemSettings,
    ) -> None:
        super().__init__(personality)
        self.name = name
        self.clock = clock
        self.timeline = timeline
        self.random = random
        self.operator = operator
        self.sim = sim
        self.holder = Holder(self)
        self.imei = imei
        self.calendar_start_s = calendar_start_s
        self.settings = settings
        self.power = Power.OFF
        self.boots = 0
        self.rts_is_on = True  # a board that does not drive it holds it low
        self._sleeps_until_boot = False
        self.sim_is_ready = False
        self.uart = Uart(clock)
        self.conversation = Conversation(clock)
        self.faults = Faults(self)
        self.terminal = Terminal(self)
        self.power_saving = PowerSaving(self)
        self.messaging = personality.make_messaging(self)
        self.radio = Radio(self)
        self.receiver = Receiver(self)
        self.sockets = personality.make_sockets(self)
        self._power_key = PowerKey(self)
        self._last_byte_ms = 0
        self._scheduled: list[Handle] = []

    # -- the line --------------------------------------------------------------------------

    @property
    def send_to_host(self) -> Callable[[bytes], None]:
        """Where output goes; a port sets it."""
        return self.uart.send_to_host

    @send_to_host.setter
    def send_to_host(self, send: Callable[[bytes], None]) -> None:
        self.uart.send_to_host = send

    def receive_from_host(self, data: bytes) -> None:
        """Take bytes from the host; they are lost unless the modem is up."""
        if self.power is not Power.ON or self.faults.is_deaf or not data:
            return
        if self.power_saving.is_asleep and self.personality.hooks.line_sleeps(self):
            return
        idle_ms = self.clock.now_ms() - self._last_byte_ms
        self._last_byte_ms = self.clock.now_ms()
        if self.uart_sleep_ms is not None and idle_ms >= self.uart_sleep_ms:
            self.note("first_character_lost", idle_ms=idle_ms)
            data = data[1:]
        data = self.faults.heard(data)
        if data:
            self.terminal.receive(data)

    @property
    def uart_sleep_ms(self) -> int | None:
        """How long the line may be idle before the first character gets lost."""
        if self.faults.uart_sleep_ms is not None:
            return self.faults.uart_sleep_ms
        return self.ram.uart_sleep_ms

    def set_rts(self, is_on: bool) -> None:
        """RTS goes low (on) or high (off); what a family that minds it holds back follows."""
        self.rts_is_on = is_on
        self.terminal.release()

    def info(self, line: str) -> None:
        """Add a line to the running command's information response."""
        self.terminal.info(line)

    def urc(self, text: str, data: bytes | None = None) -> None:
        """Send an unsolicited line, with `data` behind it when it carries a payload."""
        if self.power not in (Power.ON, Power.SHUTTING_DOWN):
            return
        if not self.personality.hooks.shows_urc(self, text) or self.faults.takes_urc(text):
            return
        self.note("urc", text=text)
        self.conversation.add(f"< {text}")
        framed = self.terminal.framed(text)
        self.terminal.urc(framed if data is None else framed + data + b"\r\n")

    def run(self, command: Command) -> Steps:
        """Run one command of a line."""
        handler = self.personality.commands.get(command.name)
        if handler is None:
            raise CommandFailed(self.personality.unknown_command_cme)
        outcome = handler(self, command)
        if isinstance(outcome, Generator):
            return (yield from outcome)
        return outcome

    # -- power -----------------------------------------------------------------------------

    def press_power_key(self) -> None:
        """PWRKEY goes low."""
        self._power_key.press()

    def release_power_key(self) -> None:
        """PWRKEY goes high; how long it was low decides what happens."""
        self._power_key.release()

    def power_on(self, after_ms: int = 0) -> None:
        """Boot, from `after_ms` on, until the banner."""
        if self.power is not Power.OFF:
            return
        self.power = Power.BOOTING
        self.note("power", state="booting")
        noise = self.faults.boot_noise
        if noise:
            self.later(after_ms + self.personality.boot_ms // 2, lambda: self.uart.write(noise))
        self.later(after_ms + self.personality.boot_ms, self._booted)

    def power_down(self, restart_after_ms: int | None = None) -> None:
        """Leave in order: detach, say so, go silent; restart when told to."""
        if self.power is not Power.ON:
            return
        self.power = Power.SHUTTING_DOWN
        self._cancel_scheduled()
        self.radio.stop("powered down")

        def off() -> None:
            if self.personality.power_down_text:
                self.uart.write(self.terminal.framed(self.personality.power_down_text))
            self.cut_power()
            if restart_after_ms is not None:
                self.power_on(restart_after_ms)

        self.later(self.personality.power_down_ms, off)

    def cut_power(self) -> None:
        """Everything volatile is gone at once; nothing is sent."""
        self._forget()
        self.power_saving.reset()
        self.radio.stop("power lost")
        self.forget_ram()
        self.faults.recover()
        self.note("power", state="off")

    def fall_asleep(self) -> None:
        """The UART is dead until the modem wakes; the network keeps the registration."""
        if self.personality.sleep.boots:
            self._forget()
            self.forget_ram()
        self.power = Power.ASLEEP
        self.note("power", state="asleep")

    def wake_up(self) -> None:
        """Come back from sleep: by a boot, or with everything still in memory."""
        if self.personality.sleep.boots:
            self.power = Power.OFF
            self._sleeps_until_boot = True
            self.power_on()
            return
        self.power = Power.BOOTING

        def resumed() -> None:
            self.power = Power.ON
            self.note("power", state="on", boots=self.boots)
            self.personality.hooks.left_psm(self)
            self.radio.resume()

        self.later(self.personality.sleep.resume_ms, resumed)

    def stop_line(self) -> None:
        """The UART is off until the power key; radio, sockets and settings go on."""
        if self.power is Power.ON:
            self.power = Power.LINE_OFF
            self.note("power", state="line off")

    def resume_line(self) -> None:
        """The UART is on again and says what it says after a start."""
        self.power = Power.ON
        self.note("power", state="on", boots=self.boots)
        for _, text in self.personality.boot_banner:
            self._greet(text)

    def _forget(self) -> None:
        self._cancel_scheduled()
        self.messaging.restarted()
        self._sleeps_until_boot = False
        self.power = Power.OFF
        self.receiver.power_lost()
        self.sim_is_ready = False
        if self.sim is not None and self.sim.lock is not None:
            self.sim.lock.power_cycled()
        self.terminal.reset()
        self.uart.clear()
        self.sockets.reset()

    def start_sim(self) -> None:
        """Power the card and, when it answers, the radio."""

        def ready() -> None:
            if self.sim is None:
                self.urc("+CPIN: NOT INSERTED")
                return
            self.sim_is_ready = True
            if self.sim.pin_state is not PinState.READY:
                self.urc(f"+CPIN: {self.sim.pin_state.value}")
                return
            self.personality.hooks.function_changed(self, self.radio.function)
            self.radio.start()

        self.later(self.personality.sim_ready_ms, ready)

    def unlocked(self) -> None:
        """The PIN was accepted: go on where the card stopped."""
        if self.sim_is_usable:
            self.personality.hooks.function_changed(self, self.radio.function)
            self.radio.start()

    @property
    def sim_is_usable(self) -> bool:
        """Whether the card answers and wants no PIN."""
        return self.sim is not None and self.sim_is_ready and self.sim.pin_state is PinState.READY

    def _booted(self) -> None:
        self.power = Power.ON
        self.boots += 1
        self.uart.set_rate(self.nvm.rate_bps)
        self.note("power", state="on", boots=self.boots)
        self.personality.hooks.started(self)
        self.radio.function = self.nvm.function
        self._last_byte_ms = self.clock.now_ms()
        banner = self.personality.boot_banner if self.faults.has_banner else ()
        greeting = () if self.nvm.greeting is None else ((0, self.nvm.greeting),)
        for delay_ms, text in (*banner, *greeting):
            self.later(delay_ms, lambda text=text: self._greet(text))  # type: ignore[misc]
        if self._sleeps_until_boot:
            self._sleeps_until_boot = False
            last_ms = banner[-1][0] if banner else 0
            self.later(last_ms, lambda: self.personality.hooks.left_psm(self))
        if self.radio.function != MINIMUM:
            self.start_sim()

    def _greet(self, text: str) -> None:
        if self.personality.banner_is_bare:
            self.uart.write(text.encode("latin-1") + b"\r\n")
        else:
            self.urc(text)

    # -- time ------------------------------------------------------------------------------

    def later(self, delay_ms: int, callback: Callable[[], None]) -> None:
        """Call back after `delay_ms`, unless the modem restarts before."""
        self._scheduled = self._scheduled[-64:]
        self._scheduled.append(self.clock.call_later(delay_ms, callback))

    def _cancel_scheduled(self) -> None:
        for call in self._scheduled:
            call.cancel()
        self._scheduled.clear()

    # -- the timeline ----------------------------------------------------------------------

    def note(self, kind: str, /, **fields: Any) -> None:
        """Put something that happened to this modem on the timeline."""
        self.timeline.add(self.name, kind, **fields)

    def note_command(self, command: Command) -> None:
        """A command is about to run."""
        text = note_of(command, self.personality.secret_commands)
        self.note("command", text=text)
        self.conversation.add(f"> AT{text}")

    def note_result(self, name: str, result: str) -> None:
        """A command line ended."""
        self.note("result", command=name, text=result)
        if result != NO_RESULT:
            self.conversation.add(f"< {result}")

    def mistake(self, reason: str, /, **fields: Any) -> None:
        """The host did what it must not do."""
        self.note("mistake", reason=reason, **fields)
