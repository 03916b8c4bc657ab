"""The tables of `nce sim up`: a narrow terminal keeps the columns that matter, each cell whole."""

import io

import pytest
from rich.console import Console

from nce_cli.up_shown import print_world

DESCRIPTION = {
    "sims": [
        {
            "iccid": "8988228066638050772",
            "address": "10.160.0.1",
            "twin": "127.160.0.1",
            "pty": "/dev/pts/0",
        }
    ],
    "endpoints": [
        {
            "service": "coap.os.1nce.com",
            "address": "10.60.2.219:5683",
            "twin": "127.60.2.219:5683",
        }
    ],
    "twins": 0,
    "time": "2026-11-29T12:00:00.000+00:00",
    "control": {"socket": "/run/user/1000/nce/world-1.sock"},
    "api": None,
    "portal": None,
}

# Width of the terminal, what is there whole, what is left out.
WIDTHS = (
    (120, ("8988228066638050772", "/dev/pts/0", "127.160.0.1", " 10.160.0.1"), ()),
    (80, ("8988228066638050772", "/dev/pts/0", "127.160.0.1", " 10.160.0.1"), ()),
    (56, ("8988228066638050772", "/dev/pts/0", "127.160.0.1"), (" 10.160.0.1",)),
    (40, ("8988228066638050772", "/dev/pts/0"), ("127.160.0.1",)),
)


@pytest.mark.parametrize(("width", "shown", "left_out"), WIDTHS)
def test_a_narrow_terminal_shows_whole_cells_of_the_first_columns(width, shown, left_out):
    output = io.StringIO()
    print_world(Console(file=output, width=width), DESCRIPTION, as_json=False)
    table = output.getvalue().partition("Endpoints")[0]
    assert all(text in table for text in shown), table
    assert not any(text in table for text in left_out), table
    assert max(map(len, table.splitlines())) <= width
    assert DESCRIPTION["control"]["socket"] in output.getvalue()
