"""The two worlds that the stories of the portal share: a small one, and one with many SIMs.

    world = worlds.of(*small())

To start a world costs as much as ten pages do, so a file has one of these unless it needs another.
"""

from __future__ import annotations

import contextlib
import json

from support.portal_browser import PASSWORD

LEVEL = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'


def _number(name, start, **more):
    value = {"byte": start, "bytelength": 8, "type": "float"}
    return {"asset": name, "value": value, **more}


# A position after a "g"; anything else has its level in the fifth byte.
_PLACE = [
    _number("long", 1, custom_type="location_long"),
    _number("lat", 9, custom_type="location_lat"),
]
_FIFTH = [{"asset": "level", "value": {"byte": 4, "type": "uint"}}]
_PLACE_OR_LEVEL = {
    "sense": [
        {
            "switch": {"byte": 0, "type": "uint"},
            "on": [{"case": ord("g"), "do": _PLACE}, {"default": True, "do": _FIFTH}],
        }
    ]
}
BRANCH = "branch@example.com"
READER = "reader@example.com"
_ACCOUNTS = {
    "sub_accounts": [
        {
            "name": "Branch",
            "email": BRANCH,
            "country": "DE",
            "users": [
                {"email": BRANCH, "role": "Owner", "password": PASSWORD},
                {"email": READER, "role": "User", "password": PASSWORD},
            ],
        }
    ]
}


def small():
    """Options of a world with four SIMs."""
    return ("--sims", "4", "--country", "DE", "--deliver-to-loopback")


def large(folder):
    """Options of a world with thirty SIMs and a sub-account, whose devices tell where they are."""
    options = ("--sims", "30", "--country", "DE", "--deliver-to-loopback")
    options += ("--template", _written(folder / "place.json", _PLACE_OR_LEVEL))
    return (*options, "--accounts", _written(folder / "accounts.json", _ACCOUNTS))


@contextlib.contextmanager
def active_template(world, text):
    """A template of that text, called "own", translates what comes by UDP and CoAP."""
    place = "/v1/optimize/templates"
    template = {"name": "own", "template": text, "status": "ACTIVE"}
    with world.customer() as client:
        made = client.post(place, json={**template, "protocolFilter": ["UDP", "COAP"]})
        assert made.status_code == 201, made.text
    yield world
    with world.customer() as client:  # a token lasts for an hour of the world
        client.delete(f"{place}/{made.json()['id']}").raise_for_status()


def _written(file, content):
    file.write_text(json.dumps(content))
    return str(file)
