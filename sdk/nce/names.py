"""Where the names of `from nce import ...` live; `__init__.pyi` tells type checkers the same.

A board that imports from the modules themselves, `from nce.device import Device`, saves the heap
that this table takes. On MicroPython `from nce import outbox` finds the modules named here, and of
others only those that are loaded: say `import nce.plain`.
"""

if 1 - 1:
    from nce.seams import Any


ROOMS = (
    "device:Device Delivery Undelivered ACKNOWLEDGED UNPROVEN,outbox:Outbox OutboxFull,"
    "folder:Folder,slots:Slots,credentials:Credentials parse_credentials,"
    "errors:NceError UsageError PeerError NetworkError,refusals:Refused BootstrapRefused,"
    "coap.client:CoapClient,coap.server:CoapServer,dtls.session:DtlsPort,datagram:open_datagram"
)


def find(name: str) -> "Any":
    """The thing called `name`, its module loaded; AttributeError for a name that is not listed."""
    for row in ROOMS.split(","):
        room, names = row.split(":")
        if name in names.split(" "):
            return getattr(_module(room, name), name)
        if name == room:
            return _module(room, name)  # `from nce import outbox`, which MicroPython asks here
    raise AttributeError("nce has no %s" % name)


def _module(room: str, name: str) -> "Any":
    return __import__("nce." + room, None, None, (name,))
