"""Conversations that real LwM2M clients had with real servers, said again to the simulator's.

    for heard in said_again(world, conversation): ...    # what the client asked, and both answers
    asked_again(world, backend, conversation)            # what the server asked, and both results

The client is a SIM whose datagrams are the recorded ones; message IDs and the locations of
registrations are exchanged, as the server chooses them. What the recording does not have (it was
cut into two halves) is made up for: a registration that is missing is made first.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from support.hand_coap import LOCATION, PATH, Message, message, read
from support.lwm2m_client import SUCCESS, HandClient

FILE = json.loads((Path(__file__).parents[1] / "vectors" / "lwm2m_conversations.json").read_text())
WAIT_MS = 500
FROM_CLIENT, TO_CLIENT = ("cs", "cb"), ("sc", "bc")
LINKS = b"</1/0>,</2>,</3/0>,</5/0>,</3303/0>,</3442/0>,</31024>,</33605/0>"


class Heard(NamedTuple):
    """A request of the client, what the real server answered, and what the simulator did."""

    where: tuple[str, int]
    title: str
    asked: Message
    theirs: Message | None
    ours: Message | None


def conversations():
    """The exchanges by their conversation, in order."""
    found = {name: [] for name in FILE["conversations"]}
    for exchange in FILE["exchanges"]:
        found[exchange["of"]].append(exchange)
    return found


def is_of_wakaama(name):
    """Whether the server was Wakaama's: it has 4.00 for nearly every refusal."""
    return "Leshan" not in FILE["conversations"][name][1]


def messages_of(exchange):
    """The messages, each behind its way; repeated ones once."""
    seen, found = set(), []
    for way, datagram in exchange["messages"]:
        if (way, datagram) not in seen:
            seen.add((way, datagram))
            found.append((way, read(bytes.fromhex(datagram))))
    return found


def is_request(one):
    return one.code.startswith("0.") and one.code != "0.00"


def response_to(asked, ways, messages):
    """The response by its token; None when the recording has none."""
    return next(
        (
            one
            for way, one in messages
            if way in ways and one.token == asked.token and one.code[0] != "0"
        ),
        None,
    )


def location_of(one):
    return "/" + "/".join(value.decode() for value in one.values(LOCATION))


class Teller:
    """Says the client's half of a conversation to the simulator."""

    def __init__(self, world):
        self.client = HandClient(world)
        self.world = world
        self._ours = {}  # the location of a registration, by the recorded one

    def tell(self, exchange):
        """Send what the client asked in an exchange, and answer as it did."""
        messages = messages_of(exchange)
        self.client.answers = answers_of(messages)
        for way, asked in messages:
            if way in FROM_CLIENT and is_request(asked):
                theirs = response_to(asked, TO_CLIENT, messages)
                ours = self._send(asked, theirs)
                where = (exchange["of"], exchange["order"])
                yield Heard(where, exchange["title"], asked, theirs, ours)

    def _send(self, asked, theirs):
        path = asked.path
        if path.startswith("/rd/") and path not in self._ours and theirs.code[0] == "2":
            self._ours[path] = self.client.register(links=LINKS)
        path = self._ours.get(path, path)
        options = [pair for pair in asked.options if pair[0] != PATH]
        options += [(PATH, part.encode()) for part in path.split("/")[1:] if path != "/"]
        mid = self.client.new_mid()
        self.client.heard.clear()
        self.client.send(
            message(
                asked.kind, asked.code, mid, asked.token, sorted(options, key=first), asked.payload
            )
        )
        self.world.advance(WAIT_MS)
        ours = next((one for one in self.client.heard if one.token == asked.token), None)
        if theirs is not None and (theirs.code, ours.code) == ("2.01", "2.01"):
            self._ours[location_of(theirs)] = location_of(ours)
        return ours


def first(pair):
    return pair[0]


def answers_of(messages):
    """Answers as the client gave them: by what it is asked, else by the method alone."""
    by_what, by_method = {}, {}
    for way, asked in messages:
        if way not in TO_CLIENT or not is_request(asked):
            continue
        given = response_to(asked, FROM_CLIENT, messages)
        if given is not None:
            by_what.setdefault(asked.what, given)
            by_method.setdefault(asked.what.split()[0], given)

    def answers(asked):
        method = asked.what.split()[0]
        given = by_what.get(asked.what) or by_method.get(method)
        if given is None:
            return SUCCESS[method], (), b""
        return given.code, given.options, given.payload

    return answers


def said_again(world, exchanges):
    """Every request of the client of a conversation, with both answers."""
    teller = Teller(world)
    for exchange in exchanges:
        yield from teller.tell(exchange)
