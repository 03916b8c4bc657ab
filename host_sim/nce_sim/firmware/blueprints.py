"""What each blueprint needs of a configuration beside the firmware's usual values.

A row holds for a configuration that a person has not written: the blueprint `udp` has no topic.
"""

from __future__ import annotations

NEEDS: dict[str, dict[str, str]] = {
    "coap": {},
    "udp": {"TOPIC": "None"},
    "energy_saver": {},
    "gps": {"TEMPLATE": "blueprints.gps_codec", "TOPIC": "gps"},
    "sms": {"TOPIC": "None"},
    "low_power": {},
    "controller": {"LISTEN_PORT": "3000"},
    "memfault": {},
    "ota": {},
    "lwm2m": {"TRANSPORT": "coap"},  # coaps needs a key that a customer sets
}
