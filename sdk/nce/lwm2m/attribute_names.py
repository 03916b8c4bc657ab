"""Attributes as servers write and see them: Write-Attributes and Discover (LwM2M 1.1, 6.3.2, 6.3.4
and 7.3; `con` is of 1.2). Loaded for one; `nce.lwm2m.attributes` says what they come to."""

from nce.coap import codes
from nce.const import const
from nce.lwm2m.attributes import CONFIRMS, COUNT, GT, LT, ST
from nce.lwm2m.model import Refused

if 1 - 1:
    from nce.lwm2m.server import Server
    from nce.lwm2m.tree import Tree
    from nce.seams import Any, Path, Sequence


_NAMES = ("pmin", "pmax", "gt", "lt", "st", "epmin", "epmax", "con")
_MOST_PATHS = const(32)


def write(tree: "Tree", server: "Server", path: "Path", query: "Sequence[str]") -> None:
    """Write-Attributes (6.3.4). `Refused` for what is no attribute, or not one of this path."""
    if not path:
        raise Refused(codes.BAD_REQUEST)
    _require(tree, path)
    at = server.attributes.get(path)
    if at is None and len(server.attributes) >= _MOST_PATHS:
        raise Refused(codes.BAD_REQUEST)
    new: "list[Any]" = list(at or ())
    new += [None] * (COUNT - len(new))  # one that was kept by an earlier version has less
    for part in query:
        name, equals, text = part.partition("=")
        if name not in _NAMES:
            raise Refused(codes.BAD_REQUEST)
        index = _NAMES.index(name)
        if GT <= index <= ST and not (len(path) > 2 and _is_number(tree, path)):
            raise Refused(codes.BAD_REQUEST)  # 7.3.2: of numbers alone
        new[index] = _value(index, text) if equals else None
    low, high, step = new[LT], new[GT], new[ST]
    # 7.3.2: lt < gt, and lt + 2 * st < gt.
    if low is not None and high is not None and not low + 2 * (step or 0) < high:
        raise Refused(codes.BAD_REQUEST)
    if any([one is not None for one in new]):
        server.attributes[path] = new
    else:
        server.attributes.pop(path, None)


def of(server: "Server", path: "Path", is_inherited: bool = False) -> "list[tuple[str, Any]]":
    """The attributes of a path as Discover shows them; of a resource that is asked for by itself
    those of the levels above as well (6.3.2)."""
    held: "list[tuple[str, Any]]" = []
    for index in range(COUNT):
        for level in range(len(path), 0 if is_inherited else len(path) - 1, -1):
            own = server.attributes.get(path[:level])
            if own is not None and index < len(own) and own[index] is not None:
                held.append((_NAMES[index], own[index]))
                break
    return held


def _require(tree: "Tree", path: "Path") -> None:
    if path[0] not in tree.objects:
        raise Refused(codes.NOT_FOUND)
    if path[0] == 0:
        raise Refused(codes.UNAUTHORIZED)
    if len(path) > 1:
        instance = tree.instance(path)
        if len(path) > 2 and (tree.row(path) is None or path[2] not in instance.values):
            raise Refused(codes.NOT_FOUND)


def _is_number(tree: "Tree", path: "Path") -> bool:
    return tree.kind_of(path) in (2, 3, 4, 7)  # INTEGER, UNSIGNED, FLOAT, TIME


def _value(index: int, text: str) -> "int | float":
    if any([one not in "0123456789.-e" for one in text]):
        raise Refused(codes.BAD_REQUEST)  # int takes " 5" and "1_0" as well
    try:
        if GT <= index <= ST:
            number: "int | float" = float(text) if "." in text or "e" in text else int(text)
        else:
            number = int(text)
    except ValueError:
        raise Refused(codes.BAD_REQUEST) from None
    if index == CONFIRMS and number not in (0, 1):
        raise Refused(codes.BAD_REQUEST)
    if not -1e38 < number < 1e38 or (number < 0 and index not in (GT, LT)):
        raise Refused(codes.BAD_REQUEST)
    return number
