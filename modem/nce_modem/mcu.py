"""What differs between MicroPython's ports: outputs, deep sleep, and the cause of a start.

    key = output(4, 0)              # a pin that drives this level from its first moment on
    deep_sleep(3_600_000, (key,))   # never returns: the program starts afresh
    woke_from_deep_sleep()          # asked once, at the start

ESP32 keeps the level of an output in deep sleep when the pad is held, and tells the cause of a
start. RP2040 and RP2350 keep every output. They sleep for 71 minutes at most, any interrupt ends a
sleep early, and it ends by the watchdog, so a mark in one of its scratch registers tells (RP2040
datasheet, 4.7).
"""

import sys

from nce_modem.clock import default_clock

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Sequence

PLATFORM = sys.platform
CHIP = getattr(sys.implementation, "_machine", "")
# The watchdog's registers, and where a write clears bits of them.
WATCHDOG_RP2040 = 0x40058000
WATCHDOG_RP2350 = 0x400D8000
CONTROL = 0x00
SCRATCH_0 = 0x0C
CLEARS = 0x3000
ENABLED = 1 << 30
ASLEEP = 0x0DEE951E
# MicroPython's rp2 port counts microseconds in 32 bits, and refuses more.
MOST_RP2_MS = 4_200_000


def output(number: "Any", level: int) -> "Any":
    """A pin that drives `level`; one that was held in deep sleep goes from its old level to it."""
    import machine

    pin_class: "Any" = machine.Pin
    if PLATFORM == "esp32":
        # The port sets the level before the direction, and ends the hold after both.
        return pin_class(number, pin_class.OUT, value=level, hold=False)
    return pin_class(number, pin_class.OUT, value=level)


def deep_sleep(milliseconds: int, outputs: "Sequence[Any]" = ()) -> None:
    """Sleep, `outputs` as they are; then the program starts afresh."""
    import machine

    port: "Any" = machine
    if PLATFORM == "esp32":
        import esp32  # type: ignore[import-not-found,unused-ignore] # pyright: ignore[reportMissingImports]

        for pin in outputs:
            pin.init(hold=True)
        esp32.gpio_deep_sleep_hold(True)  # pyright: ignore[reportAttributeAccessIssue]
    elif PLATFORM == "rp2":
        watchdog = _watchdog()
        # One that was begun would end the sleep after 8 s.
        port.mem32[watchdog + CLEARS + CONTROL] = ENABLED
        now_ms = default_clock()
        end_ms = now_ms() + milliseconds
        # An interrupt, such as of the console, ends each; `deepsleep` would restart too early.
        while (left_ms := end_ms - now_ms()) > 0:
            port.lightsleep(min(left_ms, MOST_RP2_MS))
        port.mem32[watchdog + SCRATCH_0] = ASLEEP
        milliseconds = 0
    port.deepsleep(milliseconds)


def woke_from_deep_sleep() -> bool:
    """Whether a deep sleep ended in this start; a second question may be answered with False."""
    import machine

    port: "Any" = machine
    if PLATFORM == "rp2":
        scratch = _watchdog() + SCRATCH_0
        is_marked: bool = port.mem32[scratch] == ASLEEP
        port.mem32[scratch] = 0
        return is_marked and port.reset_cause() == port.WDT_RESET
    cause: "Any" = getattr(port, "DEEPSLEEP_RESET", None)
    return cause is not None and bool(port.reset_cause() == cause)


def _watchdog() -> int:
    return WATCHDOG_RP2350 if "RP2350" in CHIP else WATCHDOG_RP2040
