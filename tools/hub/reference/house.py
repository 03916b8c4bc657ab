"""The page with the picture of the house: packages and floors, as the import contracts say."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import NamedTuple

from hub.markdown import code, plain, table
from nce_sim.record.svg import FAINT, INK, Svg

ROOT = Path(__file__).parents[3]
WIDTH, LEFT, ROW, GAP = 1000, 300, 30, 6
DEVICE, HOST, PAPER = "#cfe8f1", "#e6dbf7", "#eef2f5"


class Room(NamedTuple):
    """A package, or a module or folder of nce_sim."""

    name: str
    what: str
    modules: int


def page() -> str:
    """The picture, and a table of the rooms."""
    floors = [[_room(ROOT / "host_sim/nce_sim", name) for name in floor] for floor in _floors()]
    rooms = [room for floor in floors for room in floor]
    rows = [(code(room.name), plain(room.what), str(room.modules)) for room in rooms]
    return f"""# The house

What runs on a device is on the left, the simulated world on the right. An import goes down, never
up: `make check` refuses any other, and the floors are read from its contract when this site is
built. Between the two halves are the wire (AT commands, datagrams), and `nce_cli`, which may
import both. [Architecture](../docs/architecture.md) has the reasons.

<div class="picture">{_picture(floors)}</div>

## The rooms of the simulated world, from the top

{table(("room", "what it is", "modules"), rows)}
"""


def _floors() -> list[list[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one.get("containers") == ["nce_sim"])
    return [[name.strip() for name in layer.split("|")] for layer in layers]


def _room(folder: Path, name: str) -> Room:
    place = folder / name
    is_folder = place.is_dir()
    first = place / "__init__.py" if is_folder else place.with_suffix(".py")
    said = ast.get_docstring(ast.parse(first.read_text(encoding="utf-8"))) or ""
    modules = len(list(place.rglob("*.py"))) if is_folder else 1
    return Room(name, said.partition("\n")[0], modules)


def _device() -> list[tuple[Room, ...]]:
    def package(folder: str, name: str) -> Room:
        return _room(ROOT / folder, name)._replace(name=name)

    files = len(list((ROOT / "firmware").rglob("*.py")))
    boards = len(list((ROOT / "boards").glob("*/board.toml")))
    return [
        (Room("firmware", "blueprints and their main loop", files),),
        (package("sdk", "nce"), Room("board", "UART and power key, one folder a board", boards)),
        (package("bcl", "nce_bcl"), package("modem", "nce_modem")),
    ]


def _picture(floors: list[list[Room]]) -> str:
    svg = Svg(WIDTH)
    height = 44 + (ROW + GAP) * (len(floors) + 1)
    svg.box(LEFT - 20, 30, WIDTH - LEFT + 16, height - 30, fill=PAPER)
    svg.text(8, 20, "on the device", size=13)
    svg.text(LEFT - 12, 20, "on the host", size=13)
    y = 40.0
    command = _room(ROOT / "host_sim", "nce_cli")
    _row(svg, y, [command], LEFT - 12, WIDTH - 12, HOST)
    for floor in floors:
        y += ROW + GAP
        _row(svg, y, floor, LEFT - 12, WIDTH - 12, HOST)
    y = 40.0
    for rooms in _device():
        _row(svg, y, list(rooms), 8, LEFT - 48, DEVICE)
        y += ROW + GAP
    svg.text(8, y + 14, "AT commands over a UART,", fill=FAINT, size=10)
    svg.text(8, y + 28, "datagrams over the air", fill=FAINT, size=10)
    svg.line((LEFT - 48, y + 12), (LEFT - 22, y + 12), stroke=INK)
    svg.triangle([(LEFT - 22, y + 12), (LEFT - 29, y + 8), (LEFT - 29, y + 16)], fill=INK)
    return svg.markup(height, "The packages, and the floors of the simulated world")


def _row(svg: Svg, y: float, rooms: list[Room], left: float, right: float, fill: str) -> None:
    """Rooms side by side; a pointer above one shows what it is."""
    width = (right - left - GAP * (len(rooms) - 1)) / len(rooms)
    for number, room in enumerate(rooms):
        x = left + number * (width + GAP)
        title = f"{room.name}: {room.what} ({room.modules} modules)"
        svg.box(x, y, width, ROW, fill=fill, title=title)
        svg.text(x + width / 2, y + 19, room.name, anchor="middle")
