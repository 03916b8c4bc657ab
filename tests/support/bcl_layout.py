"""A record of 13 fields, its template, and the codec a programmer would write for it by hand.

For the speed and heap of the Energy Saver codec. HAND_WRITTEN is text, so that MicroPython runs
the very same functions.
"""

FIELDS = (
    ("kind", "uint", 1),
    ("battery", "uint", 1),
    ("signal", "int", 1),
    ("heat", "int", 2),
    ("humidity", "uint", 1),
    ("pressure", "uint", 4),
    ("counter", "uint", 8),
    ("gps.lat", "float", 8),
    ("gps.lon", "float", 8),
    ("gps.sats", "uint", 1),
    ("moving", "boolean", 1),
    ("mode", "string", 4),
    ("serial", "hex", 4),
)
SIZE = sum(length for _, _, length in FIELDS)


def _template():
    statements = []
    byte = 0
    for asset, kind, length in FIELDS:
        selector = {"byte": byte, "bytelength": length, "type": kind}
        statements.append({"asset": asset, "value": selector})
        byte += length
    return {"sense": statements}


TEMPLATE = _template()
RECORD = {
    "kind": 1,
    "battery": 99,
    "signal": -84,
    "heat": -123,
    "humidity": 55,
    "pressure": 101325,
    "counter": 123456789012,
    "gps": {"lat": 56.92137111, "lon": 24.09641595, "sats": 7},
    "moving": True,
    "mode": "auto",
    "serial": "beef1234",
}

HAND_WRITTEN = """
from struct import pack_into, unpack_from


def hand_decode(payload):
    (
        kind, battery, signal, heat, humidity, pressure, counter, lat, lon, sats, moving, mode,
        serial,
    ) = unpack_from(">BBbhBIQddBB4s4s", payload, 0)
    return {
        "kind": kind, "battery": battery, "signal": signal, "heat": heat, "humidity": humidity,
        "pressure": pressure, "counter": counter, "gps": {"lat": lat, "lon": lon, "sats": sats},
        "moving": moving != 0, "mode": mode.decode(), "serial": serial.hex(),
    }


def hand_encode(record):
    payload = bytearray(44)
    gps = record["gps"]
    pack_into(
        ">BBbhBIQddBB4s4s", payload, 0, record["kind"], record["battery"], record["signal"],
        record["heat"], record["humidity"], record["pressure"], record["counter"], gps["lat"],
        gps["lon"], gps["sats"], record["moving"], record["mode"].encode(),
        bytes.fromhex(record["serial"]),
    )
    return payload
"""
