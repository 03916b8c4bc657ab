"""Where the names of `from nce import ...` live; `__init__.pyi` tells type checkers the same.

A board that imports from the modules themselves, `from nce.device import Device`, saves the heap
that this table takes.
"""

import sys

ROOMS = (
    "device:Device Delivery Undelivered ACKNOWLEDGED UNPROVEN,outbox:Outbox OutboxFull,"
    "folder:Folder,slots:Slots,credentials:Credentials parse_credentials,"
    "errors:NceError UsageError PeerError NetworkError,refusals:Refused BootstrapRefused,"
    "coap.client:CoapClient,coap.server:CoapServer,dtls.session:DtlsPort,datagram:open_datagram"
)


def find(name):
    """The thing called `name`, its module loaded.

    A name that is not listed is an AttributeError; on MicroPython an ImportError, unless it is the
    name of a module.
    """
    for row in ROOMS.split(","):
        room, names = row.split(":")
        if name in names.split(" "):
            return getattr(_module(room, name), name)
    if name[0] != "_" and sys.implementation.name == "micropython":
        return _module(name, name)  # `from nce import outbox`: it looks for modules nowhere else
    raise AttributeError("nce has no %s" % name)


def _module(room, name):
    return __import__("nce." + room, None, None, (name,))
