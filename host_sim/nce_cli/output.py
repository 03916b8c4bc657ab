"""Standard output that may be lost: a disk that is full, a reader that has gone.

    output = watch_output()
    app()
    output.lost                 # the OSError, None while all is well

An error must not come out of the code that prints: `nce sim up` prints in the middle of what
its world does, and a message would be stored and never acknowledged. So the rest of the output is
dropped, and the command ends in order, as by Ctrl-C. What the encoding lacks is escaped.
"""

from __future__ import annotations

import io
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Output(io.FileIO):
    """The descriptor of standard output; `lost` is why it could not be written."""

    lost: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        """Write `data`; once the output is lost, drop it."""
        if self.lost is None:
            try:
                return super().write(data)
            except OSError as error:
                self.lost = error
                signal.raise_signal(signal.SIGINT)
        return memoryview(data).nbytes


def watch_output() -> Output | None:
    """Put an `Output` below `sys.stdout`; None where there is none (`nce ... >&-`)."""
    if sys.stdout is None:
        return None
    sys.stdout.flush()
    output = Output(sys.stdout.fileno(), "w", closefd=False)
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(output),
        encoding=sys.stdout.encoding,
        errors="backslashreplace",
        line_buffering=bool(sys.stdout.line_buffering),
    )
    return output
