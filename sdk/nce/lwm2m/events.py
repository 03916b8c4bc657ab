"""What the engine tells its surroundings: `Event(kind, server, detail)`.

`server` is the `nce.lwm2m.server.Server` that it is about, or None. CONNECT and DISCONNECT ask for
something; the others tell.
"""

from collections import namedtuple

if 1 - 1:
    from nce.lwm2m.server import Server
    from nce.seams import Any, NamedTuple

    class Event(NamedTuple):
        kind: int
        server: "Server | None"
        detail: "Any"

else:
    Event = namedtuple("Event", ("kind", "server", "detail"))  # type: ignore[no-redef]

CONNECT = 0  # open a port to server.uri with its security, then call `connected` or `failed`
DISCONNECT = 1  # send what `datagrams_to_send` still has, and close the port
BOOTSTRAPPED = 2  # objects 0 to 2 are new: keep them (`save`)
REGISTERED = 3  # detail: the location, a tuple of texts
UPDATED = 4
DEREGISTERED = 5
SLEEP = 6  # queue mode: nothing is under way until `next_timeout`; the radio may rest
EXECUTED = 7  # detail: (path, arguments); the answer is on its way
WRITTEN = 8  # detail: the paths that a server wrote
CREATED = 9  # detail: the path of an instance
DELETED = 10  # detail: the path of an instance
OBSERVED = 11  # detail: the paths that a server observes from now on
CANCELLED = 12  # detail: the paths that it observes no more
SENT = 13  # detail: (handle, code) of a `send` that the server answered
FAILED = 14  # detail: an exception that says what failed; the engine goes on by its rules
# Detail: (path, exception) of a callable of the program's; of several paths that were asked for at
# once, the first one, or () for all.
HANDLER_FAILED = 15
