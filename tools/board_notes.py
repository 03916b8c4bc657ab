"""Writes the part "Step by step" of each board's page from its `board.toml`.

    python tools/board_notes.py          # writes boards/*/README.md; tells which have changed

A page has the part between two marks. What a page tells of its own (pins, sources) stays as it is.
"""

from __future__ import annotations

from pathlib import Path

from nce_modem.families.named import family_named
from nce_sim.firmware.board_table import BoardTable, boards_of

ROOT = Path(__file__).parents[1]
BEGIN = "<!-- produced by tools/board_notes.py: begin -->"
END = "<!-- produced: end -->"

FLASHING = {
    "uf2": (
        "Hold BOOTSEL while you plug the board in: it shows a drive. `flash` copies "
        "`filesystem.uf2` there. It replaces all files of the board; with `--by mpremote` they "
        "stay."
    ),
    "esptool": (
        "`flash` writes the file system behind MicroPython's program, from {offset:#x} on. It "
        "replaces all files of the board; with `--by mpremote` they stay."
    ),
}
PORTS = {"rp2": "/dev/ttyACM0", "esp32": "/dev/ttyUSB0"}
OTHER_PORT = {
    "esp32": " Where the chip's own USB is the console, the port is `/dev/ttyACM0`.",
}


def notes(board: BoardTable) -> str:
    """The text between the marks."""
    variant = f", variant `{board.variant}`" if board.variant else ""
    download = f"https://micropython.org/download/{board.micropython}/"
    flashing = FLASHING[board.flash_with].format(offset=board.filesystem_offset)
    port = PORTS[board.port]
    return f"""
In a folder of yours, with `pip install 'nce-iot[sim,boards]'`
([from nothing to a board that delivers](../../docs/first_board.md) has the reasons):

1. **Wire** what the table above names and is not on the board already; put the SIM in, and the
   aerial on.
2. **MicroPython**: the image [`{board.micropython}`]({download}){variant}, flashed as that page
   says.
3. **Configure, build, flash.** {flashing}
4. **Follow the first message.**{OTHER_PORT.get(board.port, "")}

```sh
nce board config INTERVAL_S=60 TOPIC=first
nce board build {board.name} --config config.py
nce board flash {board.name}
nce board run {board.name} --port {port}
```

The console says `start of the blueprint coap`, `secured by DTLS with coap.os.1nce.com` and
`1 records are delivered`. When it does not attach, it says `not delivered:` and why:

| it says | look at |
|---|---|
| {_silence(board)} |
| `attach stopped at sim` | the card: seated, the right way round, of 1NCE (no PIN) |
| `attach stopped at registration` | the aerial; {_access(board)}; then the cause, behind it |
| `attach stopped at pdp` | volume and limit of the SIM; APN: `sensor.net` for new SIMs |

Every cause with its remedy: [Read an attach failure](../../docs/how_to/attach_failure.md).
"""


def _silence(board: BoardTable) -> str:
    hears = "`the modem did not answer AT` | supply, TX and RX, power key"
    if not board.modem_family:
        return hears + "; what is wired to which pin: `PINS`, or the table above"
    profile = family_named(board.modem_family).profile
    pulse_s, wait_s = profile.power_pulse_ms / 1000, profile.boot_wait_ms / 1000
    return f"{hears}: pulsed for {pulse_s:.1f} s, answers within {wait_s:.0f} s"


def _access(board: BoardTable) -> str:
    if not board.modem_family:
        return "whether an operator here has what your modem speaks"
    if family_named(board.modem_family).profile.m1_act < 0:
        return "this modem speaks LTE, not LTE-M and not NB-IoT"
    return "whether an operator here has LTE-M or NB-IoT"


def page_with_notes(text: str, board: BoardTable) -> str:
    """A page with the part made anew; without marks, the part goes to its end."""
    made = f"{BEGIN}\n{notes(board).strip()}\n{END}"
    before, begin, rest = text.partition(BEGIN)
    if not begin:
        return f"{text.rstrip()}\n\n## Step by step\n\n{made}\n"
    return before + made + rest.partition(END)[2]


def pages() -> dict[Path, str]:
    """The page of each board that is flashed, as it should be."""
    found = {}
    for board in boards_of(ROOT):
        if board.flash_with in FLASHING:
            page = board.folder / "README.md"
            found[page] = page_with_notes(page.read_text(encoding="utf-8"), board)
    return found


def main() -> None:
    """Write what has changed."""
    for page, text in pages().items():
        if page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")
            print(page.relative_to(ROOT))


if __name__ == "__main__":
    main()
