"""`nce portal`: the Customer Portal's pages in front of a service elsewhere.

NCE_CLIENT_SECRET=… nce portal --client-id 8100…_4711
nce portal --url http://127.0.0.1:8080/management-api --client-id …      # asks for the secret
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import signal
from typing import Annotated

import typer
from rich.console import Console

from nce_cli.messages import refuse, say

app = typer.Typer(add_completion=False)
_URL = "https://api.1nce.com/management-api"


@app.command()
def portal(
    client_id: Annotated[
        str, typer.Option(help="The client id, of the portal's page Account, API access.")
    ],
    client_secret: Annotated[
        str,
        typer.Option(
            envvar="NCE_CLIENT_SECRET",
            prompt=True,
            hide_input=True,
            help="Its secret: better by the environment, or when asked, than in a command.",
        ),
    ],
    url: Annotated[
        str, typer.Option(metavar="URL", help="The service's address; it ends before /v1.")
    ] = _URL,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The TCP port of the pages; 0 takes a free one.")
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print machine-readable JSON.")] = False,
) -> None:
    """Show the Customer Portal for an account of 1NCE, or of a simulator, until Ctrl-C.

    It knows the Management API alone: what 1NCE has in its own portal only, and the simulated
    world, are shown as out of reach. Calls are queued at ten a second.
    """
    if importlib.util.find_spec("nicegui") is None:
        refuse("the pages need the extra `portal`: pip install 'nce-iot[portal]'")
    from nce_api.errors import ApiError
    from nce_sim.scenarios.far_portal import FarPortal

    console = Console(stderr=as_json)

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
        pages = FarPortal(url, client_id, client_secret, port)
        try:
            await pages.start()
            if as_json:
                print(json.dumps({"link": pages.link}), flush=True)
            else:
                say(console, f"The Customer Portal, by a link that works once: {pages.link}")
                say(console, "Press Ctrl-C to stop it.")
            await stop.wait()
        finally:
            await pages.close()

    try:
        asyncio.run(run())
    except (ApiError, OSError, ValueError) as error:
        refuse(error, 1)
    console.print("Closed.")
