"""What this device measures, and what it does when it is told something: put your code here.

`read` is for the blueprints coap, udp, low_power, controller and sms, `environment` for
energy_saver with the environment template, and for lwm2m. What they raise is told, and the next
record is due after the interval.
"""

from vitals import status_record

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Modem

VERSION = "0.1.0"
DEVICE_TYPE = "nce-board"  # of ota: as Mender's artifacts name it; of lwm2m: the model


async def read(modem: "Modem") -> "dict[str, Any] | bytes":
    """One record: a dict of the assets of `config.TEMPLATE`, or bytes when that is None.

    This one is what 1NCE's C SDK sends: battery in percent (255: not known), signal in dBm (0: not
    known), version.
    """
    return await status_record(modem, VERSION)


async def environment() -> "dict[str, Any]":
    """Degrees Celsius, percent, lux, and whether a person has to come: read your sensors here."""
    return {
        "temperature": 21.5,
        "humidity": 40,
        "brightness": 300,
        "maintenance_needed": False,
    }


async def chunks(modem: "Modem") -> "list[bytes]":
    """Of the blueprint memfault: what Memfault's library made since the last call, if anything."""
    return []


def objects() -> "list[Any]":
    """Of the blueprint lwm2m: more objects of yours, beside `environment` (docs/lwm2m.md)."""
    return []


async def position(modem: "Modem") -> "tuple[float, float] | None":
    """Of the blueprint lwm2m: where the device is, in degrees of latitude and longitude; None for
    not known. `nce_modem.gnss.locate` asks the receiver of the modem."""
    return None


async def received(message: "bytes | str", sender: str, modem: "Modem") -> "bytes | str | None":
    """A datagram or a command (bytes) for `config.LISTEN_PORT`, or an SMS (text) of one in
    `config.SMS_FROM`.

    What is returned is sent back, None sends nothing. Anybody in the SIM's network may send a
    datagram, under any sender: check what a command asks for.
    """
    command = message if isinstance(message, str) else message.decode()
    buzzer = getattr(modem.board, "buzzer", None)
    if command not in ("buzzer on", "buzzer off") or buzzer is None:
        return None
    buzzer(command == "buzzer on")
    return command if isinstance(message, str) else message
