"""Commands of `nce sim` in the place of people at 1NCE.

nce sim switch-profile 1
nce sim answer-case 1 "The SIM was reset."
nce sim open-account "Second customer" ada@example.com
"""

from __future__ import annotations

from typing import Annotated

import typer

from nce_cli.tell import Json, Sim, WhichWorld, ask_world, shown


def switch_profile(sim: Sim, world: WhichWorld = None, as_json: Json = False) -> None:
    """Let a card of a running world with two IMSIs use the other one."""
    result = ask_world("switch-profile", {"sim": sim}, world)
    shown(result, "SIM {sim} uses the IMSI {imsi}", as_json)


def answer_case(
    case: Annotated[int, typer.Argument(min=1, help="The number of the support request.")],
    text: Annotated[str, typer.Argument(help="What the support says.")],
    stays_open: Annotated[
        bool, typer.Option("--stays-open", help="It is no solution yet.")
    ] = False,
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Answer a support request of a running world as 1NCE's support, and close it."""
    arguments = {"case": case, "text": text, "stays_open": stays_open}
    result = ask_world("answer-case", arguments, world)
    state = "is closed" if result["is_solved"] else "stays open"
    shown({**result, "state": state} if not as_json else result, "Case {case} {state}", as_json)


def open_account(
    name: Annotated[str, typer.Argument(help="The name of the organisation.")],
    email: Annotated[str, typer.Argument(help="The e-mail address of its owner.")],
    country: Annotated[str, typer.Option(metavar="CODE", help="DE, US, ...")] = "DE",
    world: WhichWorld = None,
    as_json: Json = False,
) -> None:
    """Open the account of another customer in a running world."""
    arguments = {"name": name, "email": email, "country": country}
    result = ask_world("open-account", arguments, world)
    text = (
        "Account {organisation}: API credentials {client_id} {client_secret}, "
        "portal user {email} {password}"
    )
    shown(result, text, as_json)


def add_to(app: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (switch_profile, answer_case, open_account):
        app.command()(command)
