"""`nce firmware`: the portable packages, ready for a board."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nce_cli.update_image import image
from nce_sim.firmware.tree import SOURCE_ROOT, TreeFailed, compile_tree

app = typer.Typer(help="Prepare firmware for a board.", no_args_is_help=True, add_completion=False)


@app.callback()
def firmware() -> None:
    """Prepare firmware for a board."""


app.command()(image)


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
