"""`nce lwm2m`: tables of LwM2M objects, of their definitions in OMA's registry; firmware packages.

Exit status: 0 done; 1 the file is no definition; 2 wrong usage, or a file that cannot be read or
written.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nce_cli.lwm2m_package import package
from nce_cli.messages import in_a_folder, refuse
from nce_cli.object_module import module_of
from nce_cli.object_xml import MOST_BYTES, DefinitionError, read_definition

app = typer.Typer(no_args_is_help=True, help="Work with LwM2M.")


@app.callback()
def room() -> None:
    """Work with LwM2M."""


app.command()(package)


@app.command("object")
def object_(
    definition: Annotated[
        Path,
        typer.Argument(metavar="FILE.xml", help="The definition, as OMA's registry has it."),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", callback=in_a_folder, help="Write the module here, not to stdout."
        ),
    ] = None,
) -> None:
    """Write a Python module with the table of one object, for nce.lwm2m.

    Example: nce lwm2m object 3315.xml -o barometer.py

    Definitions are at github.com/OpenMobileAlliance/lwm2m-registry.
    """
    try:
        with definition.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        refuse(f"{definition}: {error.strerror or error}")
    try:
        source = module_of(read_definition(data))
    except DefinitionError as error:
        refuse(f"{definition}: {error}", 1)
    if output is None:
        typer.echo(source, nl=False)
        return
    try:
        output.write_text(source, encoding="utf-8")
    except OSError as error:
        refuse(f"{output}: {error.strerror or error}")
