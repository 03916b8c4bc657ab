"""Attributes that a server writes to paths, and what they come to for one (LwM2M 1.1, 7.3).

They are kept per server, as long as it is registered, by path: a list of pmin, pmax, gt, lt, st,
epmin, epmax, con (of 1.2), each None when it is not set. What stands at a path holds for all below
it that have none of their own; pmin and pmax begin with the defaults of object 1.
"""

if 1 - 1:
    from nce.lwm2m.server import Server
    from nce.lwm2m.tree import Tree
    from nce.seams import Any, Path


PMIN = 0
PMAX = 1
GT = 2
LT = 3
ST = 4
EPMIN = 5
EPMAX = 6
CONFIRMS = 7
COUNT = 8


def effective(tree: "Tree", server: "Server", path: "Path") -> "list[Any]":
    """What holds at a path: its own attributes, and those of the levels above."""
    held: "list[Any]" = [None] * COUNT
    held[PMIN] = tree.value(1, server.account, 2)
    held[PMAX] = tree.value(1, server.account, 3)
    for level in range(1, len(path) + 1):
        own = server.attributes.get(path[:level])
        if own is not None:
            for index in range(len(own)):
                if own[index] is not None:
                    held[index] = own[index]
    return held
