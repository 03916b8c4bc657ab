"""`nce sim modem`: one simulated modem on a port, with a network and 1NCE OS behind it.

nce sim modem --family sara-r5 --pty
nce sim modem --family bg95 --serial /dev/ttyUSB0 --baud 115200
nce sim modem --family nrf91-sm --tcp 5555 --rfc2217
"""

from __future__ import annotations

import asyncio
import json
import signal
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from rich.console import Console

from nce_sim.cli.backend_options import (
    CoapsDevice,
    ConnectionId,
    SessionIds,
    SessionTickets,
    backend_settings,
)
from nce_sim.cli.messages import refuse, tell
from nce_sim.modem.personalities import PERSONALITIES

if TYPE_CHECKING:
    from nce_sim.backend.settings import BackendSettings
    from nce_sim.modem.core import Modem
    from nce_sim.ports.rfc2217 import Rfc2217Port
    from nce_sim.ports.tcp import TcpPort

FAMILIES = ", ".join(sorted(PERSONALITIES))


def family_name(value: str) -> str:
    """A modem family's name, for typer."""
    if value not in PERSONALITIES:
        raise typer.BadParameter(f"no modem is called {value!r}; there are {FAMILIES}")
    return value


Family = Annotated[str, typer.Option(callback=family_name, help=f"One of {FAMILIES}.")]


def modem(
    family: Family = "bg95",
    pty: Annotated[bool, typer.Option("--pty", help="Make a pseudo-terminal (default).")] = False,
    tcp: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Listen on this port of 127.0.0.1.")
    ] = None,
    rfc2217: Annotated[
        bool,
        typer.Option(
            "--rfc2217", help="Speak RFC 2217 on the TCP port; the host's rate must be AT+IPR's."
        ),
    ] = False,
    serial: Annotated[
        Path | None, typer.Option(help="Use this serial device; a board may be wired to it.")
    ] = None,
    baud: Annotated[int, typer.Option(help="The serial device's rate.")] = 115_200,
    off: Annotated[
        bool, typer.Option("--off", help="Leave it off until its power key is pressed.")
    ] = False,
    session_ids: SessionIds = False,
    session_tickets: SessionTickets = False,
    connection_id: ConnectionId = None,
    coaps_device: CoapsDevice = "source",
    seed: Annotated[int, typer.Option(help="The world's seed; the same seed, the same run.")] = 1,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print what happens to the modem.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")] = False,
) -> None:
    """Run one modem in real time until Ctrl-C.

    It has a SIM and a network, 1NCE OS behind that, and a UDP echo on the internet, 203.0.113.7:7.
    """
    if sum((pty, tcp is not None, serial is not None)) > 1:
        raise typer.BadParameter("take one of --pty, --tcp and --serial")
    if rfc2217 and tcp is None:
        raise typer.BadParameter("--rfc2217 goes with --tcp")
    console = Console(stderr=as_json)
    settings = backend_settings(session_ids, session_tickets, connection_id, coaps_device)
    line = _Line(tcp, rfc2217, serial, baud)
    try:
        asyncio.run(_run(family, line, settings, off, seed, verbose, as_json, console))
    except OSError as error:
        refuse(error, 1)


class _Line(NamedTuple):
    """Where the modem's line ends; a pty unless something is given."""

    tcp: int | None
    rfc2217: bool
    serial: Path | None
    baud: int


async def _run(
    family: str,
    line: _Line,
    settings: BackendSettings,
    off: bool,
    seed: int,
    verbose: bool,
    as_json: bool,
    console: Console,
) -> None:
    from nce_sim.backend.backend import Backend
    from nce_sim.clock import LoopClock
    from nce_sim.network.datagram import Address
    from nce_sim.ports.pty import PtyPort
    from nce_sim.world import World

    world = World(seed, clock=LoopClock())
    modem = world.add_modem(world.add_sim(), family)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    with ExitStack() as closing:
        backend = Backend(world, settings=settings)
        closing.callback(backend.close)
        remote: TcpPort | Rfc2217Port | None = None
        echo = Address("203.0.113.7", 7)  # RFC 5737: an address of nobody's
        world.core.internet.add_echo(echo)
        shown: dict[str, Any] = {"family": family, "imei": modem.imei, "echo": str(echo)}
        if line.serial is not None:
            from nce_sim.ports.serial_device import SerialPort  # the one that needs pyserial

            device = SerialPort(modem, str(line.serial), line.baud)
            modem.nvm["+IPR"] = line.baud
            modem.uart.on_rate = device.set_rate
            closing.callback(device.close)
            shown["serial"] = device.path
        elif line.tcp is not None:
            remote = await _listen(modem, line.tcp, line.rfc2217)
            scheme = "rfc2217" if line.rfc2217 else "socket"
            shown["url"] = f"{scheme}://{remote.address[0]}:{remote.address[1]}"
        else:
            port = PtyPort(modem)
            closing.callback(port.close)
            shown["pty"] = port.path
        if verbose:
            world.timeline.subscribe(lambda record: tell(console, str(record)))
        if as_json:
            print(json.dumps(shown), flush=True)
        else:
            place = shown.get("pty") or shown.get("serial") or shown["url"]
            tell(console, f"{modem.personality.model} on {place}")
            tell(console, f"A UDP echo is at {echo}; Ctrl-C ends it.")
        if not off:
            modem.power_on()
        await stop.wait()
        if remote is not None:
            await remote.close()


async def _listen(modem: Modem, port: int, rfc2217: bool) -> TcpPort | Rfc2217Port:
    if not rfc2217:
        from nce_sim.ports.tcp import TcpPort

        return await TcpPort.open(modem, port)
    from nce_sim.ports.rfc2217 import Rfc2217Port  # needs pyserial

    listening = await Rfc2217Port.open(modem, port)
    listening.settings.on_rate = modem.uart.host_is_at
    return listening
