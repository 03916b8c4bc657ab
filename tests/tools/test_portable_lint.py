"""The lint of the portable subset, against what MicroPython refuses and what it takes."""

import pytest

from portable_lint import lint

REFUSED = [
    "import typing",
    "from dataclasses import dataclass",
    "from asyncio import Queue",
    "import struct\nstruct.Struct('<I')",
    "import time\ntime.monotonic()",
    "'7'.zfill(2)",
    "b'a'.decode(errors='replace')",
    "(1).to_bytes(2, byteorder='big')",
    "x = [*a, b]",
    "x = {**a}",
    "def f():\n    return *a, b",
    "x = b'abc'[::-1]",
    "def f(a, /): pass",
    "match a:\n    case 1: pass",
    "class A(metaclass=B): pass",
    "class A(B, C): pass",
    "async def f():\n    return [x async for x in y]",
    "try:\n    f()\nexcept TimeoutError:\n    pass",
    "assert data",
    "print('x', flush=True)",
]

TAKEN = [
    "try:\n    import typing\nexcept ImportError:\n    typing = None",
    "if sys.implementation.name != 'micropython':\n    import time\n    time.monotonic()",
    "a, *b = c",
    "f(*a, **b)",
    "def f(a: 'int | None', b: TimeoutError = None) -> 'list[int]': pass",
    "x = data[1:4]",
    "x = y.hex()",
    "(1).to_bytes(2, 'big')",
    "import typing  # portable: the host's half of this file",
]


@pytest.mark.parametrize("source", REFUSED)
def test_what_micropython_refuses_is_found(source):
    assert lint(source)


@pytest.mark.parametrize("source", TAKEN)
def test_what_micropython_takes_passes(source):
    assert lint(source) == []
