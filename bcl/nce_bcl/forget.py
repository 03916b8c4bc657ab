"""Modules that are needed once, given back to a board's heap.

forget(("parse", "selectors"))   # the next import loads them again
"""

import sys

if 1 - 1:
    from .shapes import Sequence


def forget(names: "Sequence[str]") -> None:
    """Lets MicroPython collect modules of this package; CPython keeps them.

    What is loaded from files otherwise stays on the heap for good.
    """
    if sys.implementation.name != "micropython":
        return
    package_name = __name__.rsplit(".", 1)[0]
    package = sys.modules[package_name]
    for name in names:
        if sys.modules.pop("%s.%s" % (package_name, name), None) is not None:
            delattr(package, name)
