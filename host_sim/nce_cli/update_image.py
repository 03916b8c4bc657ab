"""`nce board image`: the application as one file that a board takes as an update."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from nce_cli.messages import refuse
from nce_cli.whole_file import write_whole
from nce_sim.firmware.tree import SOURCE_ROOT, TreeFailed
from nce_sim.firmware.update_image import ImageFailed, application_files, pack


def image(
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")] = Path(
        "build/update.image"
    ),
    add: Annotated[
        list[Path] | None,
        typer.Option(help="A file of yours for the update, such as readings.py; repeat it."),
    ] = None,
    board: Annotated[
        Path | None, typer.Option(help="The folder of a board.py that the update replaces.")
    ] = None,
    source: Annotated[
        Path, typer.Option(help="The source tree that holds firmware/.")
    ] = SOURCE_ROOT,
) -> None:
    """Make the image of an update for boards that run this firmware already.

    It has all but boot.py, application, config.py, readings.py and board.py, which stay on a board
    as they are. Prints the size and the SHA-256, which the board must get by a channel that
    proves who sent it.
    """
    try:
        files = application_files(
            source, add or [], board=None if board is None else board.absolute()
        )
        data = pack(files)
        output.parent.mkdir(parents=True, exist_ok=True)
        write_whole(output, data)
    except (TreeFailed, ImageFailed) as error:
        refuse(error, 1)
    except OSError as error:
        refuse(f"{error.filename or output}: {error.strerror or error}", 1)
    typer.echo(f"{len(files)} files, {len(data)} bytes in {output}")
    typer.echo(f"sha256 {hashlib.sha256(data).hexdigest()}")
