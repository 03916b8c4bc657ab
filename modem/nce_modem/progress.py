"""What `on_event` is told: one named tuple for each stage of a modem's life."""

from collections import namedtuple

if 0 & 1:  # for type checkers alone
    from nce_modem.seams import NamedTuple

    class PoweredOn(NamedTuple):
        model: "str"
        revision: "str"

    class SimReady(NamedTuple):
        iccid: "str"

    class Registering(NamedTuple):
        stat: "int | None"

    class Registered(NamedTuple):
        stat: "int"
        act: "str | None"
        tac: "str"
        ci: "str"

    class PdpActive(NamedTuple):
        address: "str"

    class PdpDeactivated(NamedTuple):
        cid: "int"

    class Restarted(NamedTuple):
        banner: "str"

    class Opened(NamedTuple):
        socket_id: "int"
        host: "str"
        port: "int"

    class Closed(NamedTuple):
        socket_id: "int"

    class Waiting(NamedTuple):
        ms: "int"

    class Noticed(NamedTuple):
        line: "str"

else:
    PoweredOn = namedtuple("PoweredOn", ("model", "revision"))
    SimReady = namedtuple("SimReady", ("iccid",))  # masked
    Registering = namedtuple("Registering", ("stat",))
    Registered = namedtuple("Registered", ("stat", "act", "tac", "ci"))
    PdpActive = namedtuple("PdpActive", ("address",))
    PdpDeactivated = namedtuple("PdpDeactivated", ("cid",))
    Restarted = namedtuple("Restarted", ("banner",))  # the modem reset itself
    Opened = namedtuple("Opened", ("socket_id", "host", "port"))
    Closed = namedtuple("Closed", ("socket_id",))  # by the modem or the far end
    Waiting = namedtuple("Waiting", ("ms",))  # before the next try is due
    Noticed = namedtuple("Noticed", ("line",))  # an unsolicited line nobody asked for
