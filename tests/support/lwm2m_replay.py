"""Conversations that real LwM2M clients had with real servers, said again to the simulator's.

    for heard in said_again(world, conversation): ...    # what the client asked, and both answers
    asked_again(world, backend, conversation)            # what the server asked, and both results

The client is a SIM whose datagrams are the recorded ones; message IDs and the locations of
registrations are exchanged, as the server chooses them. What the recording does not have (it was
cut into two halves) is made up for: a registration that is missing is made first.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import NamedTuple

from nce_sim.services.controller.outbound import Lwm2mCall
from nce_sim.wire.lwm2m import registry
from support.hand_coap import LOCATION, PATH, Message, message, read
from support.lwm2m_client import SUCCESS, HandClient

_VECTORS = Path(__file__).parents[1] / "vectors"
FILE = json.loads((_VECTORS / "lwm2m_conversations.json").read_text())
VECTORS = json.loads((_VECTORS / "lwm2m_vectors.json").read_text())
WAIT_MS = 500
BOOTSTRAP_MS = 3_000
FROM_CLIENT, TO_CLIENT = ("cs", "cb"), ("sc", "bc")
LINKS = b"</1/0>,</2>,</3/0>,</5/0>,</3303/0>,</3442/0>,</31024>,</33605/0>"


class Heard(NamedTuple):
    """A request of the client, what the real server answered, and what the simulator did."""

    where: tuple[str, int]
    title: str
    asked: Message
    theirs: Message | None
    ours: Message | None
    client: HandClient


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
                yield Heard(where, exchange["title"], asked, theirs, ours, self.client)

    def _send(self, asked, theirs):
        path = asked.path
        if path.startswith("/rd/") and path not in self._ours and theirs.code[0] == "2":
            self._ours[path] = self.client.register(links=LINKS)
        where = self._ours.get(path, path)
        options = [pair for pair in asked.options if pair[0] != PATH]
        options += [(PATH, part.encode()) for part in where.split("/")[1:] if where != "/"]
        options.sort(key=lambda pair: pair[0])
        self.client.heard.clear()
        mid = self.client.new_mid()
        self.client.send(message(asked.kind, asked.code, mid, asked.token, options, asked.payload))
        self.world.advance(BOOTSTRAP_MS if path == "/bs" else WAIT_MS)
        ours = next((one for one in self.client.heard if one.token == asked.token), None)
        if asked.what.startswith("DELETE"):
            self._ours.pop(path, None)
        if theirs is not None and theirs.code == "2.01":
            # Where ours refused, it is made up for when the location is used.
            self._ours.pop(location_of(theirs), None)
            if ours.code == "2.01":
                self._ours[location_of(theirs)] = location_of(ours)
        return ours


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


# -- what the server asked -------------------------------------------------------------------

# What others read out of an answer: rows of path, type and value, by the path and the payload.
CAPTURED = {
    (vector["path"], vector.get("hex") or vector["text"].encode().hex()): vector["values"]
    for vector in VECTORS["codec"]
    if ".captured." in vector["id"]
}
# The controller's action with the effect of an operator's command.
ACTIONS = {"read": "read", "exec": "execute", "write": "write", "observe": "observe-start"}


class Asked(NamedTuple):
    """A request of a real server, ours to the same end, and what became of it.

    `values` are what others read out of the client's answer, as 1NCE's flat JSON has it; None
    where nobody did.
    """

    where: tuple[str, int]
    title: str
    theirs: Message
    ours: Message | None
    code: int
    values: dict | None
    result: object


def flat_of(values):
    """1NCE's flat JSON of a vector's values: times in milliseconds, octets as base64."""
    shown = {}
    for path, kind, value, *_ in values:
        if kind == "opaque":
            shown[path] = base64.b64encode(bytes.fromhex(value)).decode()
        elif kind not in {"multiple", "instance"}:
            shown[path] = value * 1000 if kind == "time" else value
    return shown


def data_of(command):
    """The `data` of a controller's write for what an operator typed."""
    if command.startswith("write "):  # Wakaama: write 0 /3/0/14 +02:00
        return command.split(" ", 3)[3]
    # Leshan: write:112 endpoint /3/0/14 s +02:00, and - for nothing
    _, _, _, kind, text = command.split(" ", 4)
    text = "" if text == "-" else text
    if kind == "o":
        return base64.b64encode(bytes.fromhex(text)).decode()
    return str(int(text) * 1000) if kind == "t" else text


def asked_again(world, backend, exchanges):
    """Every read, write, execute and observation of a conversation, asked by our controller."""
    client = HandClient(world)
    client.register(links=LINKS)
    for exchange in exchanges:
        messages = messages_of(exchange)
        theirs = messages[0][1]
        # Leshan asks for each block with a token of its own.
        tokens = [one.token for way, one in messages if way == "sc" and one.what == theirs.what]
        given = [
            one
            for way, one in messages
            if way == "cs" and one.token in tokens and one.code[0] != "0"
        ]
        command = exchange.get("command", "")
        action = ACTIONS.get(command.split(" ")[0].partition(":")[0])
        # A whole payload, in braces, is no `data` of a controller.
        if action is None or messages[0][0] != "sc" or not given or "{" in command:
            continue
        data = data_of(command) if action == "write" else None
        call = Lwm2mCall(client.iccid, action, theirs.path, data)
        client.seen.clear()
        client.answers = in_turn(given)
        ends = []
        backend.lwm2m.act(call, ends.append)
        world.advance(WAIT_MS)
        whole = b"".join(one.payload for one in given)
        read_by_others = CAPTURED.get((theirs.path, whole.hex()))
        if int(theirs.path.split("/")[1]) not in registry.objects():
            read_by_others = None  # test objects of Anjay, Leshan and Wakaama: no types are known
        first, detail = map(int, given[-1].code.split("."))
        yield Asked(
            (exchange["of"], exchange["order"]),
            exchange["title"],
            theirs,
            client.seen[0] if client.seen else None,
            first << 5 | detail,
            read_by_others and flat_of(read_by_others),
            ends[0],
        )


def in_turn(given):
    """Answers with what the client answered: block by block, and the last one for ever."""
    left = list(given)

    def answers(asked):
        one = left.pop(0) if len(left) > 1 else left[0]
        return one.code, one.options, one.payload

    return answers
