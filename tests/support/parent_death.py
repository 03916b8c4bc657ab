"""Linux: a program that a test started ends with the test's process, however that ends.

subprocess.Popen([...], preexec_fn=end_with_parent())
"""

from __future__ import annotations

import ctypes
import functools
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1  # prctl(2)


def end_with_parent(number: int = signal.SIGTERM) -> Callable[[], None] | None:
    """What a child calls before its program, so that the kernel signals it at its parent's end.

    None where there is no such call. It takes no lock, so that threads do not harm it.
    """
    if sys.platform != "linux":
        return None
    return functools.partial(_ask, ctypes.CDLL(None).prctl, number, os.getpid())


def _ask(prctl: Callable[[int, int], int], number: int, parent: int) -> None:
    prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:  # it ended before the call
        os.kill(os.getpid(), number)
