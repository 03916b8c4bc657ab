"""The three examples that the workbench begins with, each with a payload that fits it.

EXAMPLES["Location"].template, EXAMPLES["Location"].payload
"""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    """A template, and a payload in hexadecimal digits."""

    template: str
    payload: str


_LOCATION = """{
  "sense": [
    {"asset": "latitude", "custom_type": "location_lat",
     "value": {"byte": 0, "bytelength": 8, "type": "float"}},
    {"asset": "longitude", "custom_type": "location_long",
     "value": {"byte": 8, "bytelength": 8, "type": "float"}},
    {"asset": "speed", "value": {"byte": 16, "type": "uint"}}
  ]
}"""
_DEEP = """{
  "sense": [
    {"asset": "tank.level", "value": {"byte": 0, "bytelength": 2, "type": "uint"}},
    {"asset": "tank.lid.open", "value": {"byte": 2, "type": "boolean"}},
    {"asset": "power.battery.volt", "value": {"byte": 3, "bytelength": 4, "type": "float"}}
  ]
}"""
_SWITCH = """{
  "sense": [
    {"switch": {"byte": 0, "type": "uint"}, "on": [
      {"case": 1, "do": [
        {"asset": "event", "value": "opened"},
        {"asset": "door", "value": {"byte": 1, "type": "uint"}}
      ]},
      {"case": 2, "do": [
        {"asset": "event", "value": "measured"},
        {"asset": "temperature", "value": {"byte": 1, "bytelength": 2, "type": "int"}}
      ]},
      {"default": true, "do": [
        {"asset": "event", "value": "unknown"}
      ]}
    ]}
  ]
}"""

EXAMPLES = {
    "Location": Example(_LOCATION, "40497851eb851eb8401bd70a3d70a3d70e"),
    "Deep JSON": Example(_DEEP, "012c0140666666"),
    "Switch statement": Example(_SWITCH, "02fff6"),
}
