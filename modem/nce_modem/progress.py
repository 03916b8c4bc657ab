"""What `on_event` is told: one named tuple for each stage of a modem's life."""

from collections import namedtuple

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
