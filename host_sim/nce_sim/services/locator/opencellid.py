"""Reads a file of OpenCelliD, as its downloads are: CSV, also packed with gzip.

    towers = read_towers(Path("/data/262.csv.gz"), most=200_000)

Columns: radio, mcc, net, area, cell, unit, lon, lat, range, samples, changeable, created, updated,
averageSignal. The whole file has them in its first line, that of one country has no such line. A
wrong line is a ValueError with its number; then nothing is read at all. The data of OpenCelliD is
under CC BY-SA 4.0.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from nce_sim.services.locator.position import is_on_earth
from nce_sim.services.locator.towers import CellId, Tower

COLUMNS = (
    *("radio", "mcc", "net", "area", "cell", "unit", "lon", "lat", "range"),
    *("samples", "changeable", "created", "updated", "averageSignal"),
)
RADIOS = ("GSM", "UMTS", "CDMA", "LTE", "NBIOT", "NR")
_NEEDED = COLUMNS.index("range") + 1
_LONGEST_LINE = 1_000
# The largest numbers of a standard: TS 23.003, 4.1 (area), 19.6 (LTE's cells) and 19.6A (5G's).
_BOUNDS = {
    "mcc": (1, 999),
    "net": (0, 32_767),  # of CDMA a system id
    "area": (0, 2**24 - 1),
    "cell": (0, 2**36 - 1),
    "range": (0, 1_000_000),
}


def read_towers(path: Path, most: int) -> list[Tower]:
    """All towers of a file; ValueError for a wrong line, or more than `most`; OSError as open."""
    try:
        with _opened(path) as file:
            return list(towers_of(_lines(file), most))
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name} is no text: {error.reason}") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{path.name} is no whole gzip file: {error}") from error


def towers_of(lines: Iterable[str], most: int) -> Iterator[Tower]:
    """The towers of the lines of a file."""
    count = 0
    for number, line in enumerate(lines, 1):
        if not line.strip() or (number == 1 and line.startswith("radio,")):
            continue
        count += 1
        if count > most:
            raise ValueError(
                f"line {number}: more than {most} towers; cut the file to the cells that you need"
            )
        try:
            yield _tower(line)
        except (ValueError, csv.Error) as error:
            raise ValueError(f"line {number}: {error}") from error


def _opened(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _lines(file: IO[str]) -> Iterator[str]:
    number = 0
    while line := file.readline(_LONGEST_LINE + 1):
        number += 1
        if len(line) > _LONGEST_LINE:
            raise ValueError(
                f"line {number}: more than {_LONGEST_LINE} characters; is that CSV of OpenCelliD?"
            )
        yield line


def _tower(line: str) -> Tower:
    values = next(csv.reader([line]))
    if not _NEEDED <= len(values) <= len(COLUMNS):
        raise ValueError(
            f"{len(values)} columns; OpenCelliD has {len(COLUMNS)}: {','.join(COLUMNS)}"
        )
    row = dict(zip(COLUMNS, values, strict=False))
    if row["radio"] not in RADIOS:
        raise ValueError(f"radio is {_short(row['radio'])}; it is one of {', '.join(RADIOS)}")
    mcc, mnc, area, cell, range_m = (_whole(row, name) for name in _BOUNDS)
    longitude, latitude = _degrees(row, "lon"), _degrees(row, "lat")
    if not is_on_earth(longitude, latitude):
        raise ValueError(f"lon {longitude:g}, lat {latitude:g} is no place on the earth")
    return Tower(CellId(mcc, mnc, area, cell), longitude, latitude, range_m)


def _whole(row: dict[str, str], name: str) -> int:
    text, (least, most) = row[name].strip(), _BOUNDS[name]
    # Python refuses to read more than some thousand digits.
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise ValueError(f"{name} is {_short(text)}, not a whole number")
    value = int(text)
    if not least <= value <= most:
        raise ValueError(f"{name} is {value}; it is {least} to {most}")
    return value


def _degrees(row: dict[str, str], name: str) -> float:
    try:
        return float(row[name])
    except ValueError as error:
        raise ValueError(f"{name} is {_short(row[name])}, not degrees") from error


def _short(text: str) -> str:
    return repr(text if len(text) <= 20 else text[:19] + "…")
