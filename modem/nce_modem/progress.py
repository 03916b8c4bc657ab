"""The events that `on_event` gets: one named tuple for each stage of a modem's life."""

from collections import namedtuple

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import NamedTuple

    class PoweredOn(NamedTuple):
        model: str
        revision: str

    class SimReady(NamedTuple):
        iccid: str  # masked

    class Registering(NamedTuple):
        stat: int | None

    class Registered(NamedTuple):
        stat: int
        act: str | None
        tac: str
        ci: str

    class PdpActive(NamedTuple):
        address: str

    class PdpDeactivated(NamedTuple):
        cid: int

    class Restarted(NamedTuple):
        banner: str  # the modem reset itself

    class Opened(NamedTuple):
        socket_id: int
        host: str
        port: int

    class Closed(NamedTuple):
        socket_id: int  # by the modem or the far end

    class Waiting(NamedTuple):
        ms: int  # before the next try is due

    class Noticed(NamedTuple):
        line: str  # what the modem said unasked, or the driver left out

else:
    PoweredOn = namedtuple("PoweredOn", ("model", "revision"))  # type: ignore[no-redef,unused-ignore]
    SimReady = namedtuple("SimReady", ("iccid",))  # type: ignore[no-redef,unused-ignore]
    Registering = namedtuple("Registering", ("stat",))  # type: ignore[no-redef,unused-ignore]
    Registered = namedtuple("Registered", ("stat", "act", "tac", "ci"))  # type: ignore[no-redef,unused-ignore]
    PdpActive = namedtuple("PdpActive", ("address",))  # type: ignore[no-redef,unused-ignore]
    PdpDeactivated = namedtuple("PdpDeactivated", ("cid",))  # type: ignore[no-redef,unused-ignore]
    Restarted = namedtuple("Restarted", ("banner",))  # type: ignore[no-redef,unused-ignore]
    Opened = namedtuple("Opened", ("socket_id", "host", "port"))  # type: ignore[no-redef,unused-ignore]
    Closed = namedtuple("Closed", ("socket_id",))  # type: ignore[no-redef,unused-ignore]
    Waiting = namedtuple("Waiting", ("ms",))  # type: ignore[no-redef,unused-ignore]
    Noticed = namedtuple("Noticed", ("line",))  # type: ignore[no-redef,unused-ignore]
