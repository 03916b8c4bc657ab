"""The table of sizes is what is built and measured, and no blueprint outgrows its budget."""

import asyncio
import re

import pytest

import board_heap
import board_sizes
from nce_sim.firmware.blueprints import NEEDS
from nce_sim.firmware.board_table import board_of
from nce_sim.firmware.heap_figures import WAYS, budget_of, heap_figures
from support.emulated_boards import board_image
from support.portable_runs import ROOT

KIB = 1024
# The way that the code goes -> the heap in which the blueprint `coap` has to run, with its driver,
# a flash, an outbox and a log. `test_emulated_board` has the same without a flash, in 64 KiB.
PROMISED = {"frozen": 80 * KIB, "romfs": 128 * KIB}
SAMPLE = (("pico_sim7080g", "coap"), ("t_sim7000g", "gps"), ("qemu", "coap"))


def test_the_page_has_a_row_for_each_board_and_blueprint():
    page = board_sizes.PAGE.read_text(encoding="utf-8")
    figures = board_sizes.figures_of(page)
    boards = {board.name for board in board_sizes.measured_boards()}
    assert {name for name, _ in figures} == boards | set(NEEDS)
    assert {column for name, column in figures if name in boards} == set(range(len(NEEDS) + 3))
    assert "\n".join(board_sizes.heap_rows()) in page


def test_every_blueprint_has_figures():
    figures = heap_figures()
    assert list(figures) == list(NEEDS)
    assert all(set(ways) == set(WAYS) for ways in figures.values())
    assert set(NEEDS) == set(blueprints_of_the_firmware())


def blueprints_of_the_firmware():
    return [path.stem for path in (ROOT / "firmware" / "rounds").glob("*.py")]


def test_a_cell_that_moved_is_a_difference():
    page = board_sizes.PAGE.read_text(encoding="utf-8")
    assert board_sizes.differences(page, page) == []
    cell = re.search(r"`qemu` \| [\d,]+ \| ([\d,]+)", page)[1]
    moved = page.replace(f"| {cell} |", "| 999,999 |", 1)
    assert board_sizes.differences(page, moved) == [f"qemu, column 1: {cell} is 999,999 now"]
    assert board_sizes.differences(page.replace("| `qemu`", "| `quick`"), page)


@pytest.mark.slow
@pytest.mark.parametrize(("board", "blueprint"), SAMPLE)
def test_the_page_says_what_is_built(board, blueprint, tmp_path):
    pytest.importorskip("littlefs")
    used = board_sizes.used_bytes(board_of(board, ROOT), blueprint, tmp_path)
    figures = board_sizes.figures_of(board_sizes.PAGE.read_text(encoding="utf-8"))
    told = int(figures[board, list(NEEDS).index(blueprint) + 1].replace(",", ""))
    assert told == pytest.approx(used, rel=board_sizes.SLACK), "python tools/board_sizes.py"


async def check(blueprint, way, folder, heap_bytes, figure):
    measured = await board_heap.measure(blueprint, way, folder, heap_bytes)
    budget = budget_of(heap_figures()[blueprint][way])
    text = f"heap {measured.boot} B after boot, {measured.peak} B at most"
    figure(f"Cortex-M3, {blueprint}, {way}: {text}")
    assert measured.boot <= budget.boot, "python tools/board_heap.py, and say why it grew"
    assert measured.peak <= budget.peak, "python tools/board_heap.py, and say why it grew"


@pytest.mark.slow
@pytest.mark.parametrize("way", PROMISED)
def test_coap_runs_in_the_heap_that_is_promised(way, tmp_path, figure):
    board_image(board_heap.WAYS[way][0])
    asyncio.run(check("coap", way, tmp_path, PROMISED[way], figure))


@pytest.mark.exhaustive
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("blueprint", NEEDS)
def test_no_blueprint_has_outgrown_its_figures(blueprint, way, tmp_path, figure):
    board_image(board_heap.WAYS[way][0])
    asyncio.run(check(blueprint, way, tmp_path, None, figure))
