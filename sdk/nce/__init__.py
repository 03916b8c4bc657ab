"""The 1NCE IoT SDK: CoAP, DTLS, the Device Authenticator, the Energy Saver and `Device`.

One code base for MicroPython and CPython. Names are loaded when they are first asked for, from the
module where they live, and nothing more is; `nce.names` has the list:

    from nce import Device, Folder, Outbox

    device = Device(modem, template, topic="gps", outbox=Outbox(Folder("/outbox")))
"""

if 1 - 1:
    from nce.seams import Any


__version__ = "0.1.0"


def __getattr__(name: str) -> "Any":
    from nce.names import find

    return find(name)
