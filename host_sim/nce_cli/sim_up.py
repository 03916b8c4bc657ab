"""`nce sim up`: a world in real time, until Ctrl-C.

nce sim up
nce sim up --sims 4 --db world.db --speed 60
"""

from __future__ import annotations

import asyncio
import gc
import signal
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from nce_cli.api_options import (
    AccountsFile,
    AllowHost,
    AllowOrigin,
    ApiHost,
    ApiPort,
    NewCredentials,
    TileCredit,
    TileServer,
    Tls,
    api_place,
)
from nce_cli.backend_options import (
    CoapsDevice,
    ConnectionId,
    DeliverToLoopback,
    DeliveryCa,
    SessionIds,
    SessionTickets,
    backend_settings,
)
from nce_cli.messages import database, in_a_folder, refuse, say
from nce_cli.modem_sim import Family, Seed, StartTime, WorldName, start_ms_of
from nce_cli.script_file import steps_of
from nce_cli.tell import Json
from nce_cli.up_shown import print_world, printer

app = typer.Typer(add_completion=False)


@app.command()
def up(
    sims: Annotated[
        int, typer.Option(min=1, max=250, help="How many SIMs, each with a modem.")
    ] = 1,
    db: Annotated[
        str | None,
        typer.Option(
            callback=database,
            metavar="FILE|URL",
            help="Keep the world's database in this file, or on the server of this "
            "postgresql://user:password@host/name.",
        ),
    ] = None,
    template: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="An Energy Saver template for UDP and CoAP messages.",
        ),
    ] = None,
    family: Family = "bg95",
    session_ids: SessionIds = False,
    session_tickets: SessionTickets = False,
    connection_id: ConnectionId = None,
    coaps_device: CoapsDevice = "source",
    deliver_to_loopback: DeliverToLoopback = False,
    delivery_ca: DeliveryCa = None,
    twins: Annotated[
        str,
        typer.Option(
            metavar="auto|N|off",
            help="The block of loopback twins: auto takes the first free one, N (0 to 94) that "
            "one, off none.",
        ),
    ] = "auto",
    start: StartTime = None,
    speed: Annotated[
        float,
        typer.Option(min=0.01, max=10_000, help="How much faster than real time it runs."),
    ] = 1.0,
    name: WorldName = "",
    host: ApiHost = "127.0.0.1",
    port: ApiPort = 0,
    tls: Tls = False,
    allow_host: AllowHost = None,
    allow_origin: AllowOrigin = None,
    new_credentials: NewCredentials = False,
    accounts: AccountsFile = None,
    tiles: TileServer = None,
    tile_credit: TileCredit = "",
    script: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            metavar="FILE",
            help="Let this happen to the world: a JSON object a line, with a time each.",
        ),
    ] = None,
    import_from: Annotated[
        Path | None,
        typer.Option(
            "--import",
            exists=True,
            dir_okay=False,
            metavar="FILE",
            help="Begin with the world of this export; the database must be new.",
        ),
    ] = None,
    export_to: Annotated[
        Path | None,
        typer.Option(
            "--export",
            callback=in_a_folder,
            metavar="FILE",
            help="Write the world's database to this file at the end: keys and all, for any "
            "computer and kind of database.",
        ),
    ] = None,
    country: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="Stand in this country (DE, US, ...): its operators and what they carry.",
        ),
    ] = None,
    seed: Seed = 1,
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Print everything that happens, not only messages."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Run a world in real time until Ctrl-C.

    Prints the SIMs with their addresses and loopback twins, the modems' ptys and the endpoints,
    then every message that arrives, with its payload. Any client bound to a SIM's twin address
    acts as that SIM.
    Other commands of `nce sim` control the world: `nce sim sms 1 hello`, `nce sim status`.
    """
    from nce_sim.scenarios.open_world import OpenWorld, OpenWorldFailed

    console = Console(stderr=as_json)
    which_twins, start_ms, steps = _twins_of(twins), start_ms_of(start), steps_of(script)

    async def run() -> None:
        world = OpenWorld(
            sims=sims,
            seed=seed,
            family=family,
            db=db,
            template=_text_of(template),
            backend=backend_settings(
                session_ids,
                session_tickets,
                connection_id,
                coaps_device,
                deliver_to_loopback,
                delivery_ca,
            ),
            twins=which_twins,
            start_ms=start_ms,
            control=name,
            api=api_place(
                host,
                port,
                tls,
                allow_host,
                allow_origin,
                new_credentials,
                tiles,
                tile_credit,
            ),
            speed=speed,
            country=country,
            accounts=None if accounts is None else str(accounts),
            import_from=None if import_from is None else str(import_from),
            export_to=None if export_to is None else str(export_to),
        )
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        try:
            await world.start()
            gc.freeze()  # what is here stays: the collector need not walk it again and again
            print_world(console, world.description(), as_json)
            world.on_record(printer(console, world.start_ms, verbose, as_json))
            world.play(steps, lambda text: say(console, text))
            await stop.wait()
        finally:
            await world.close()

    try:
        asyncio.run(run())
    except OpenWorldFailed as error:
        refuse(error, 1)
    console.print("Closed.")


def _twins_of(text: str) -> Any:
    """The block that --twins asks for."""
    from nce_sim.network.addresses import SHIFTS

    if text in ("auto", "off"):
        return text
    if text.isdecimal() and len(text) < 4 and int(text) < SHIFTS:
        return int(text)
    raise typer.BadParameter(
        f"{text!r} is not a block; give auto, off, or a number from 0 to {SHIFTS - 1}",
        param_hint="--twins",
    )


def _text_of(path: Path | None) -> str | None:
    try:
        return None if path is None else path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        refuse(f"the template {path} cannot be read: {error}", 1)
