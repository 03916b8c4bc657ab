"""The savings as a picture: bytes on the air per message, payload and headers apart.

from nce_cli.templates.savings import transports

draw(report, transports(), Path("out.svg"), "Tank")
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nce_cli.templates.savings import TITLES, Report, Transport

# Okabe and Ito's palette, told apart with any colour vision.
_COLOURS = {"bcl": "#0072B2", "json": "#D55E00", "cbor": "#009E73", "msgpack": "#CC79A7"}
_HEADERS = "#C9C9C9"
_INK = "#333333"


def draw(report: Report, transports: tuple[Transport, ...], path: Path, title: str) -> None:
    """Writes the picture; the suffix (.svg, .png, .pdf) chooses its format.

    ImportError without matplotlib, OSError where the file cannot be written, ValueError for a
    suffix that matplotlib does not know.
    """
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    # Text stays text, and the same report gives the same file.
    settings: dict[Any, Any] = {"svg.fonttype": "none", "svg.hashsalt": "nce", "font.size": 10}
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(8, 1.2 + 1.45 * len(transports)), layout="constrained")
        axes = figure.subplots()
        position = 0.0
        centres = []
        widest = max(report.on_air(form, each) for form in TITLES for each in transports)
        for transport in transports:
            first = position
            for form, name in TITLES.items():
                payload = report.mean(form)
                axes.barh(position, transport.overhead, color=_HEADERS, height=0.8)
                axes.barh(
                    position, payload, left=transport.overhead, color=_COLOURS[form], height=0.8
                )
                axes.text(
                    transport.overhead + payload + widest * 0.01,
                    position,
                    f"{name} {transport.overhead + payload:.0f}",
                    va="center",
                    color=_INK,
                )
                position += 1
            centres.append((first + position - 1) / 2)
            position += 0.8
        axes.set_yticks(centres, [transport.title for transport in transports], color=_INK)
        axes.invert_yaxis()
        axes.set_xlim(0, widest * 1.25)
        axes.set_xlabel("bytes on the air per message, acknowledgement included", color=_INK)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.tick_params(length=0)
        axes.set_title(title, loc="left", color=_INK)
        legend = [Patch(color=_HEADERS, label="headers and acknowledgement")]
        axes.legend(handles=legend, frameon=False, loc="upper right")
        has_date = path.suffix.lower() in (".svg", ".pdf")
        metadata = {"Date" if path.suffix.lower() == ".svg" else "CreationDate": None}
        figure.savefig(path, metadata=metadata if has_date else None)
