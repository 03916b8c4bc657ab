"""Commands of `nce sim` for the cloud side of a running world.

TOKEN=$(nce sim token)
nce sim message 1 --text hello --topic tank
nce sim receiver --port 9000
"""

from __future__ import annotations

import asyncio
import json
import signal
from typing import Annotated, Literal

import typer
from rich.console import Console

from nce_cli.messages import refuse, say
from nce_cli.tell import Json, Sim, WhichWorld, ask_world, shown

_FOR_EVER_S = 1e9


def token(world: WhichWorld = None, as_json: Json = False) -> None:
    """Print a token of a running world's account for the Management API."""
    shown(ask_world("token", {}, world), "{token}", as_json)


def message(
    sim: Sim,
    text: Annotated[str | None, typer.Option(help="The payload, as text.")] = None,
    hex_text: Annotated[
        str | None, typer.Option("--hex", metavar="DIGITS", help="The payload, in hexadecimal.")
    ] = None,
    protocol: Annotated[
        Literal["COAP", "UDP"], typer.Option(help="The endpoint that it comes to.")
    ] = "COAP",
    topic: Annotated[str | None, typer.Option(help="The topic of a CoAP message.")] = None,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Let 1NCE OS of a running world take a message as if a SIM had sent it."""
    arguments = {"sim": sim, "text": text, "hex": hex_text, "protocol": protocol, "topic": topic}
    result = ask_world("message", arguments, world)
    shown(result, "Message {id} of {bytes} bytes from SIM {sim}", as_json)


def receiver(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The TCP port; 0 takes a free one.")
    ] = 0,
    status: Annotated[
        int, typer.Option(min=200, max=599, help="The status that requests are answered with.")
    ] = 200,
    count: Annotated[
        int | None, typer.Option(min=1, help="End after so many requests. Default: at Ctrl-C.")
    ] = None,
) -> None:
    """Receive what 1NCE OS sends to a webhook: prints the body of each request, a line each."""
    try:
        asyncio.run(_receive(port, status, count))
    except OSError as error:
        refuse(f"port {port} of 127.0.0.1 cannot be opened: {error.strerror}", 1)


async def _receive(port: int, status: int, count: int | None) -> None:
    from nce_sim.deliveries.receiver import LoopbackReceiver

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    console = Console(stderr=True)
    async with LoopbackReceiver.opened(port=port) as opened:
        opened.status = status
        say(console, f"Listening at {opened.url}")
        ended = asyncio.create_task(stop.wait())
        left = -1 if count is None else count
        while left:
            arrival = asyncio.create_task(opened.wait_for(1, timeout_s=_FOR_EVER_S))
            await asyncio.wait((arrival, ended), return_when=asyncio.FIRST_COMPLETED)
            if not arrival.done():
                arrival.cancel()
                break
            for request in opened.requests[: max(left, 0) or None]:
                print(_line(request.body), flush=True)
                left -= 1
            opened.requests.clear()
        ended.cancel()


def _line(body: bytes) -> str:
    """A body on one line, with nothing that a terminal obeys."""
    try:
        return json.dumps(json.loads(body))
    except ValueError:
        return json.dumps(body.decode("utf-8", "backslashreplace"))


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (token, message, receiver):
        app.command()(command)
