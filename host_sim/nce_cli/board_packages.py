"""`nce board packages`: an index of packages for `mip`."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from nce_cli.board_options import Json, Source
from nce_cli.messages import refuse
from nce_sim.firmware.tree import SOURCE_ROOT, TreeFailed


def packages(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder for the index.")
    ] = Path("build/mip"),
    source: Source = SOURCE_ROOT,
    as_json: Json = False,
) -> None:
    """Write an index of packages for `mip`: whole folders, and slices for boards with less flash.

    Any web server may serve the folder. Then: mpremote mip install --index URL nce-modem-bg95
    """
    from nce_sim.firmware.mip_index import IndexFailed, write_index

    try:
        published = write_index(source, output, round(time.time()))
    except (IndexFailed, TreeFailed, OSError) as error:
        refuse(error, 1)
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(one) for one in published]))
        return
    table = Table(title=f"Packages in {output}, version {published[0].version}")
    for title in ("package", "files", "bytes", "needs"):
        table.add_column(title, justify="right" if title in ("files", "bytes") else "left")
    for one in published:
        table.add_row(one.name, str(one.files), str(one.mpy_bytes), ", ".join(one.deps))
    Console().print(table)
