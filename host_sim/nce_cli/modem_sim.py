"""`nce sim modem`: one simulated modem on a port, with a network and 1NCE OS behind it.

nce sim modem --family sara-r5 --pty
nce sim modem --family bg95 --serial /dev/ttyUSB0 --baud 115200
nce sim modem --family nrf91-sm --tcp 5555 --rfc2217
"""

from __future__ import annotations

import asyncio
import errno
import json
import signal
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer
from rich.console import Console

from nce_cli.backend_options import (
    CoapsDevice,
    ConnectionId,
    SessionIds,
    SessionTickets,
    backend_settings,
)
from nce_cli.messages import refuse, say
from nce_sim.control.place import ControlError
from nce_sim.modem.personalities import BY_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nce_sim.backend_settings import BackendSettings
    from nce_sim.control.script import Step
    from nce_sim.modem.core import Modem
    from nce_sim.ports.rfc2217 import Rfc2217Port
    from nce_sim.ports.serial_device import KeyLine
    from nce_sim.ports.tcp import TcpPort

FAMILIES = ", ".join(sorted(BY_NAME))


def family_name(value: str) -> str:
    """A modem family's name, for typer."""
    if value not in BY_NAME:
        raise typer.BadParameter(f"unknown modem {value!r}; choose one of {FAMILIES}")
    return value


Family = Annotated[str, typer.Option(callback=family_name, help=f"One of {FAMILIES}.")]


Seed = Annotated[int, typer.Option(help="The world's seed; the same seed, the same run.")]
StartTime = Annotated[
    str | None,
    typer.Option(
        metavar="ISO8601",
        help="Start at this time. Default: now, or just after the database's last record.",
    ),
]
WorldName = Annotated[
    str,
    typer.Option(
        help="The name that --world of other commands takes. Default: world-1 and so on."
    ),
]


def start_ms_of(text: str | None) -> int | None:
    """The instant that --start gives, in milliseconds since 1970."""
    from nce_sim.start_time import parsed

    try:
        return None if text is None else parsed(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--start") from error


app = typer.Typer(add_completion=False)


@app.command()
def modem(
    family: Family = "bg95",
    pty: Annotated[bool, typer.Option("--pty", help="Make a pseudo-terminal (default).")] = False,
    tcp: Annotated[
        int | None, typer.Option(min=0, max=65_535, help="Listen on this port of 127.0.0.1.")
    ] = None,
    rfc2217: Annotated[
        bool,
        typer.Option(
            "--rfc2217", help="Speak RFC 2217 on the TCP port; the host's rate must equal AT+IPR."
        ),
    ] = False,
    serial: Annotated[
        Path | None,
        typer.Option(help="Use this serial device, for example one that is wired to a board."),
    ] = None,
    baud: Annotated[
        int, typer.Option(min=300, max=4_000_000, help="The serial device's rate.")
    ] = 115_200,
    off: Annotated[
        bool, typer.Option("--off", help="Leave the modem off until its power key is pressed.")
    ] = False,
    session_ids: SessionIds = False,
    session_tickets: SessionTickets = False,
    connection_id: ConnectionId = None,
    coaps_device: CoapsDevice = "source",
    start: StartTime = None,
    name: WorldName = "",
    seed: Seed = 1,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print what happens to the modem.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")] = False,
) -> None:
    """Run one modem in real time until Ctrl-C.

    The modem has a SIM and a network with 1NCE OS. An echo of UDP and TCP is on the internet at
    203.0.113.7:7.
    """
    if sum((pty, tcp is not None, serial is not None)) > 1:
        raise typer.BadParameter("give only one of --pty, --tcp and --serial")
    if rfc2217 and tcp is None:
        raise typer.BadParameter("--rfc2217 needs --tcp")
    console = Console(stderr=as_json)
    settings = backend_settings(session_ids, session_tickets, connection_id, coaps_device)
    line = Line(tcp, rfc2217, None if serial is None else str(serial), baud)
    place = Place(seed, name, start_ms_of(start))
    run = Run(family, line, settings, off, place, verbose, as_json)
    try:
        asyncio.run(serve(run, console))
    except (OSError, ControlError) as error:
        refuse(error, 1)


class Line(NamedTuple):
    """The host's end of the modem's line; a pty by default. `key_line` is the port's power key."""

    tcp: int | None
    rfc2217: bool
    serial: str | None
    baud: int
    key_line: KeyLine | None = None


class Place(NamedTuple):
    """The world that the modem is in."""

    seed: int
    name: str
    start_ms: int | None


class Run(NamedTuple):
    """One modem, how it is joined, and what happens to it. `minutes`: None is until Ctrl-C."""

    family: str
    line: Line
    settings: BackendSettings
    is_off: bool
    place: Place
    is_verbose: bool
    as_json: bool
    script: Sequence[Step] = ()
    minutes: float | None = None


async def serve(run: Run, console: Console) -> bool:
    """Serve the modem until Ctrl-C or SIGTERM; False when its port is gone before."""
    from nce_sim.backend import Backend
    from nce_sim.control.channel import ControlChannel
    from nce_sim.control.script import play
    from nce_sim.control.verb import Reach
    from nce_sim.settings import Settings
    from nce_sim.start_time import clock_from, first_instant, settings_from
    from nce_sim.wire.datagram import Address
    from nce_sim.world import World

    start_ms = first_instant(run.place.start_ms, None)
    world = World(
        run.place.seed, clock=clock_from(start_ms), settings=settings_from(Settings(), start_ms)
    )
    modem = world.add_modem(world.add_sim(), run.family)
    stop, gone = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as closing:
        backend = Backend(world, settings=run.settings)
        closing.callback(backend.close)
        echo = Address("203.0.113.7", 7)  # RFC 5737: an address for examples
        world.core.internet.add_echo(echo)
        shown: dict[str, Any] = {"family": run.family, "imei": modem.imei, "echo": str(echo)}
        shown.update(await _joined(modem, run.line, gone, closing))
        channel = await ControlChannel.open(Reach(world), run.place.name)
        closing.push_async_callback(channel.close)
        shown["control"] = {"socket": str(channel.path)}
        if run.is_verbose:
            world.timeline.subscribe(lambda record: say(console, str(record)))
        if run.as_json:
            print(json.dumps(shown), flush=True)
        else:
            end = shown.get("pty") or shown.get("serial") or shown["url"]
            say(console, f"{modem.personality.model} on {end}")
            say(console, "`nce sim key` presses its power key.")
            say(console, f"An echo of UDP and TCP is at {echo}; press Ctrl-C to stop.")
        if not run.is_off:
            modem.power_on()
        playing = loop.create_task(play(Reach(world), run.script, lambda text: say(console, text)))
        waits = [loop.create_task(event.wait()) for event in (stop, gone)]
        limit_s = None if run.minutes is None else run.minutes * 60
        await asyncio.wait(waits, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        for task in (playing, *waits):
            task.cancel()
        ended = await asyncio.gather(playing, *waits, return_exceptions=True)
        if isinstance(ended[0], Exception):
            raise ended[0]
        return stop.is_set() or not gone.is_set()


async def _joined(
    modem: Modem, line: Line, gone: asyncio.Event, closing: AsyncExitStack
) -> dict[str, str]:
    """Join the modem to its line until `closing`; returns what the host needs to open it.

    `gone` is set when a serial port is no longer there.
    """
    if line.serial is not None:
        from nce_sim.ports.wired import joined  # needs pyserial

        await joined(modem, line.serial, line.baud, line.key_line, gone, closing)
        return {"serial": line.serial}
    if line.tcp is not None:
        remote = await _tcp_port(modem, line.tcp, line.rfc2217)
        closing.push_async_callback(remote.close)
        scheme = "rfc2217" if line.rfc2217 else "socket"
        return {"url": f"{scheme}://{remote.address[0]}:{remote.address[1]}"}
    from nce_sim.ports.pty import PtyPort

    port = PtyPort(modem)
    closing.callback(port.close)
    return {"pty": port.path}


async def _tcp_port(modem: Modem, tcp_port: int, is_rfc2217: bool) -> TcpPort | Rfc2217Port:
    try:
        if not is_rfc2217:
            from nce_sim.ports.tcp import TcpPort

            return await TcpPort.open(modem, tcp_port)
        from nce_sim.ports.rfc2217 import Rfc2217Port  # needs pyserial

        port = await Rfc2217Port.open(modem, tcp_port)
        port.settings.on_rate = modem.uart.host_is_at
        return port
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        text = f"port {tcp_port} of 127.0.0.1 is in use; `--tcp 0` takes a free one"
        raise OSError(error.errno, text) from error
