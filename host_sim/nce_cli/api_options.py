"""Options of `nce sim up`: where its HTTP API is, and who may reach it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from nce_sim.scenarios.open_api import ApiPlace

ApiHost = Annotated[
    str,
    typer.Option(
        "--host",
        metavar="ADDRESS",
        help="The address of the HTTP API. Any other than this computer's own is reached by "
        "others, too.",
    ),
]
ApiPort = Annotated[
    int, typer.Option("--port", min=0, max=65535, help="Its TCP port; 0 takes a free one.")
]
Tls = Annotated[
    bool,
    typer.Option("--tls", help="Serve HTTPS, with a CA that is made once; its path is printed."),
]
AllowHost = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-host",
        metavar="NAME",
        help="Serve requests to this name, besides localhost and loopback addresses. Repeatable.",
    ),
]
AllowOrigin = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-origin",
        metavar="URL",
        help="Let pages of this origin call the API from a browser. Repeatable.",
    ),
]
NewCredentials = Annotated[
    bool,
    typer.Option(
        "--new-credentials",
        help="Make another pair of client id and secret in a database that has one: a secret "
        "can be read only once.",
    ),
]
AccountsFile = Annotated[
    Path | None,
    typer.Option(
        "--accounts",
        exists=True,
        dir_okay=False,
        metavar="FILE",
        help="Begin with the credentials, users and sub-accounts of this JSON file.",
    ),
]


def _template_of_tiles(url: str | None) -> str | None:
    from nce_sim.portal.tiles import Tiles

    if url is not None:
        try:
            Tiles.of(url)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    return url


TileServer = Annotated[
    str | None,
    typer.Option(
        "--tiles",
        callback=_template_of_tiles,
        metavar="URL",
        help="Show the portal's maps on tiles of this server, such as "
        "https://tile.example.com/{z}/{x}/{y}.png. Without it nothing is loaded from outside.",
    ),
]
TileCredit = Annotated[
    str,
    typer.Option(
        "--tile-credit", metavar="TEXT", help="Whose map it is, as the tiles' owner wants it told."
    ),
]


def api_place(
    host: str,
    port: int,
    is_tls: bool,
    hosts: list[str] | None,
    origins: list[str] | None,
    has_new_credentials: bool,
    tiles: str | None = None,
    tile_credit: str = "",
) -> ApiPlace:
    """The place of the API with these options."""
    from nce_sim.api.settings import ApiSettings
    from nce_sim.portal.tiles import Tiles
    from nce_sim.scenarios.open_api import ApiPlace

    # Who listens on a name or an address of this computer wants to be reached by it.
    names = (*(hosts or ()), *(() if host in ("0.0.0.0", "::") else (host,)))
    settings = ApiSettings(hosts=names, origins=tuple(origins or ()))
    found = None if tiles is None else Tiles.of(tiles, tile_credit)
    return ApiPlace(host, port, is_tls, has_new_credentials, settings, found)


def api_lines(api: dict[str, Any]) -> list[str]:
    """How to reach the API: `api` is part of the world's description."""
    lines = [f"The Management API is at {api['url']}, its page at {api['docs']}"]
    if api["ca"] is not None:
        lines.append(f"Its certificate is signed by {api['ca']}")
    client_id, secret = api["client_id"], api["client_secret"]
    if secret is None:
        lines.append(
            f"Its client id is {client_id}; the secret was given or shown when it was made. "
            "`--new-credentials` makes another pair."
        )
        return lines
    trust = "" if api["ca"] is None else f"--cacert {api['ca']} "
    grant = '{"grant_type":"client_credentials"}'
    lines += [
        f"Client id {client_id}, secret {secret}. A first token:",
        f"  curl {trust}-u {client_id}:{secret} --json '{grant}' {api['url']}/oauth/token",
    ]
    return lines


def portal_lines(portal: dict[str, Any]) -> list[str]:
    """How to sign in to the portal's API: `portal` is part of the world's description."""
    lines = []
    if portal["link"] is not None:
        lines.append(f"The Customer Portal, by a link that works once: {portal['link']}")
    elif portal["page"] is not None:
        lines.append(f"The Customer Portal is at {portal['page']}")
    else:
        lines.append("The Customer Portal needs the extra: pip install 'nce-iot[portal]'")
    lines.append(f"The portal's API is at {portal['url']}, its page at {portal['docs']}")
    if portal["password"] is not None:
        lines.append(
            f"Its first owner is {portal['email']}, password {portal['password']}: "
            "it is shown this once."
        )
    return lines
