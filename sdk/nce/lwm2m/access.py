"""Which server may do what: object 2, Access Control (LwM2M 1.1, 8.1 and E.3). Loaded when there
is more than one server; with one there is nothing to divide.

| instance of object 2 | says |
|---|---|
| its owner, without a row of its own | all rights |
| a row for the server | its bits |
| a row 0 | the bits of every server without one |
| none for the object's instance | nobody: a bootstrap server, or a creation, makes the rules |

A server's own account in object 1 is open to it, else it could not keep its registration alive.
Where there is no object 2 at all, nothing is divided.
"""

from nce.coap import codes
from nce.const import const
from nce.lwm2m import writing
from nce.lwm2m.model import Refused
from nce.lwm2m.operations import MAY_CREATE, MAY_READ

if 1 - 1:
    from nce.lwm2m.server import Server
    from nce.lwm2m.tree import Tree
    from nce.seams import Any, Callable, Path


_ACCESS = const(2)
_ALL_INSTANCES = const(65535)
_ALL_RIGHTS = const(31)
# Resources of object 2: the object, the instance, the rows, the owner.
_OBJECT = const(0)
_INSTANCE = const(1)
_ROWS = const(2)
_OWNER = const(3)


def require(tree: "Tree", server: "Server", path: "Path", right: int) -> None:
    """Raise `Refused` when a server lacks a right to an object (create) or an instance."""
    if not rights(tree, server, path, right) & right:
        raise Refused(codes.UNAUTHORIZED)


def reader(tree: "Tree", server: "Server") -> "Callable[[Path], bool]":
    """A function that tells whether the server may read an instance."""
    return lambda path: bool(rights(tree, server, path, MAY_READ) & MAY_READ)


def rights(tree: "Tree", server: "Server", path: "Path", right: int) -> int:
    """The bits that a server has: at an instance, or at an object for a creation."""
    if _ACCESS not in tree.objects:
        return _ALL_RIGHTS
    object_id = path[0]
    if object_id == 1 and len(path) > 1 and path[1] == server.account:
        return _ALL_RIGHTS
    if object_id == _ACCESS and len(path) > 1:
        # 8.1.2: rules are read by all, and changed by their owner.
        owner = tree.value(_ACCESS, path[1], _OWNER, 0)
        return _ALL_RIGHTS if owner == server.short_id else MAY_READ
    wanted = _ALL_INSTANCES if right == MAY_CREATE or len(path) < 2 else path[1]
    for rule in tree.instances(_ACCESS):
        values = rule.values
        if values.get(_OBJECT) == object_id and values.get(_INSTANCE) == wanted:
            return _bits(values, server)
    return 0


def _bits(values: "dict[int, Any]", server: "Server") -> int:
    rows = values.get(_ROWS) or {}
    own: "int | None" = rows.get(server.short_id)
    if own is not None:
        return own
    if values.get(_OWNER) == server.short_id:
        return _ALL_RIGHTS
    everyone: "int" = rows.get(0, 0)
    return everyone


def add_rule(tree: "Tree", number: int, instance: int, server: "Server") -> None:
    """A server that makes an instance owns it (8.1.2)."""
    if _ACCESS not in tree.objects:
        return
    taken = tree.objects[_ACCESS].instances
    at = 0
    while at in taken:
        at += 1
    rule = writing.make(tree, _ACCESS, at)
    rule.values.update({_OBJECT: number, _INSTANCE: instance, _ROWS: {}, _OWNER: server.short_id})


def remove_rules(tree: "Tree", path: "Path") -> None:
    """The rules of an instance go with it."""
    for rule in tree.instances(_ACCESS):
        if (rule.values.get(_OBJECT), rule.values.get(_INSTANCE)) == path[:2]:
            tree.remove(_ACCESS, rule.number)
