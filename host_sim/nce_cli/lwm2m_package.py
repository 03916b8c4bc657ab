"""`nce lwm2m package`: a package for object 5 of an image for `nce board`'s firmware."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from nce.lwm2m.package import head_of
from nce_cli.messages import in_a_folder, refuse
from nce_cli.whole_file import write_whole

MOST_VERSION_BYTES = 64  # of `update.Update`


def package(
    image: Annotated[
        Path, typer.Argument(metavar="IMAGE", help="What `nce board image` has written.")
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", callback=in_a_folder, help="Write the package here."),
    ],
    version: Annotated[str, typer.Option(help="The version that the device will show.")] = "",
) -> None:
    """Put a head before an image, for LwM2M's firmware update (object 5).

    Example: nce lwm2m package build/update.image --version 1.2.0 -o update.package

    Prints the image's digest, as a URI of the package may carry it.
    """
    if len(version.encode()) > MOST_VERSION_BYTES:
        refuse(f"--version has {len(version.encode())} bytes; give {MOST_VERSION_BYTES} at most")
    try:
        data = image.read_bytes()
        digest = hashlib.sha256(data)
        write_whole(output, head_of(len(data), digest.digest(), version) + data)
    except OSError as error:
        refuse(f"{error.filename or output}: {error.strerror or error}")  # a full disk has no name
    typer.echo(f"{output}: {output.stat().st_size} bytes; #sha256={digest.hexdigest()}")
