"""`nce firmware`: the portable packages, ready for a board."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from nce_cli.messages import refuse
from nce_sim.firmware.mip_index import IndexFailed, write_index
from nce_sim.firmware.tree import SOURCE_ROOT, TreeFailed, compile_tree

app = typer.Typer(help="Prepare firmware for a board.", no_args_is_help=True, add_completion=False)


@app.callback()
def firmware() -> None:
    """Prepare firmware for a board."""


@app.command()
def build(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder for the tree.")
    ] = Path("build/firmware"),
    board: Annotated[
        Path | None,
        typer.Option(help="The folder with your board.py; without it, add that file yourself."),
    ] = None,
    source: Annotated[
        Path, typer.Option(help="The source tree that holds firmware/.")
    ] = SOURCE_ROOT,
) -> None:
    """Compile everything portable to `.mpy`, as a board carries it.

    Then: mpremote cp -r build/firmware/ :
    """
    try:
        sizes = compile_tree(
            source,
            output,
            on_file=lambda path: typer.echo(f"  {path}"),
            board=None if board is None else board.absolute(),
        )
    except (TreeFailed, OSError) as error:
        typer.echo(f"Failed: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"{len(sizes)} modules, {sum(sizes.values())} bytes of .mpy in {output}")


@app.command()
def index(
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The folder for the index.")
    ] = Path("build/mip"),
    source: Annotated[
        Path, typer.Option(help="The source tree that holds firmware/.")
    ] = SOURCE_ROOT,
) -> None:
    """Write an index of packages for `mip`: whole folders, and slices for boards with less flash.

    Any web server may serve the folder. Then: mpremote mip install --index URL nce-modem-bg95
    """
    try:
        published = write_index(source, output, round(time.time()))
    except (IndexFailed, TreeFailed, OSError) as error:
        refuse(error, 1)
    table = Table(title=f"Packages in {output}, version {published[0].version}")
    for title in ("package", "files", "bytes", "needs"):
        table.add_column(title, justify="right" if title in ("files", "bytes") else "left")
    for one in published:
        table.add_row(one.name, str(one.files), str(one.mpy_bytes), ", ".join(one.deps))
    Console().print(table)
