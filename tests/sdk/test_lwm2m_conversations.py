"""Conversations of real servers, replayed: what Leshan, Wakaama and the npm server sent, our
client answers in meaning as Anjay, Leshan's client, Wakaama and the npm client did."""

import json
from pathlib import Path

import pytest

from lwm2m_scene import Scene, account, creatables, option, text_of
from nce.coap import codes
from nce.coap.codes import dotted
from nce.coap.message import MessageFormatError, decode
from nce.lwm2m import events, kinds
from nce.lwm2m.model import (
    EXECUTABLE,
    EXECUTE,
    READ,
    WRITE,
    Creatable,
    Definition,
    Instance,
    Resource,
    is_multiple,
    kind_of,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "lwm2m_conversations.json"
CONVERSATIONS = json.loads(VECTORS.read_text())

KINDS = {
    "S": kinds.STRING,
    "I": kinds.INTEGER,
    "U": kinds.UNSIGNED,
    "F": kinds.FLOAT,
    "B": kinds.BOOLEAN,
    "O": kinds.OPAQUE,
    "T": kinds.TIME,
    "L": kinds.OBJECT_LINK,
    "C": kinds.CORE_LINK,
}
VALUES = {1: "a", 2: 1, 3: 1, 4: 1.5, 5: True, 6: b"\x01", 7: 1700000000, 8: (3, 0), 9: "</3>"}
# The test objects of Anjay, Leshan and Wakaama: number and type, X executable, * several
# instances, R read only.
TEST_OBJECTS = {
    33605: "0I 1I 2X 3I* 4S* 5O 6I 7I 9X 10O 11O* 12I 13B 14F 15S 16L 17O 18F 19U 20U 21X "
    "22B* 23X",
    3442: "0X 1X 2X 3X 4S*R 5X 6S* 110S 120I 125U 130F 140B 150O 160T 170L 180C 1110S* 1120I* "
    "1125U* 1130F* 1140B* 1150O* 1160T* 1170L* 1180C*",
    31024: "1I 2X 3F",
    3311: "5850B 5851I 5706S 5852I",
    3303: "5700FR 5701SR 5605X",
    5: "0OW 1S 2X 3IR 5IR",
    3: "0SR 1SR 2SR 3SR 4X 5X 6I*R 7I*R 8I*R 9IR 10IR 11I*R 12X 13T 14S 15S 16SR 17SR 18SR 19SR "
    "20IR 21IR 22L*R",
}

# Where ours answers otherwise than one of the others, by (conversation's client, title): the code
# of ours, and the reason. What holds for a client as a whole is in `_is_their_limit`.
OTHERWISE = {
    ("Anjay", "Reset: empty package, opaque format"): ("2.04", "an empty package resets (E.6)"),
    ("Anjay", "Reset: empty package, TLV"): ("2.04", "an empty package resets (E.6)"),
    ("node-red-contrib-lwm2m", "Write with LwM2M JSON"): ("4.00", "a lifetime of -106 s"),
    ("Leshan", "Discover /3/0/9"): ("2.05", "its client has no /3/0/9"),
    ("Leshan", "Read an integer as opaque"): ("4.06", "not acceptable, rather than a fault"),
    ("Leshan", "Read the security object"): ("4.01", "OMA 221 says unauthorized"),
}


def definition(number, text):
    rows = []
    for part in text.split():
        digits = part.rstrip("SIUFBOTLCX*RW")
        flags = part[len(digits) :]
        if "X" in flags:
            rows.append(Resource(int(digits), EXECUTABLE, EXECUTE))
            continue
        operations = READ if "R" in flags else WRITE if "W" in flags else READ | WRITE
        rows.append(Resource(int(digits), KINDS[flags[0]], operations, "*" in flags))
    return Definition(number, "1.0", number > 5, tuple(rows))


def filled(table, number):
    values = {}
    for row in table.resources:
        value = VALUES.get(kind_of(row), lambda arguments: None)
        values[row >> 9] = {0: value, 1: value} if is_multiple(row) else value
    return Instance(table, number, values, sinks={0: Sink} if table.number == 5 else None)


class Sink:
    def write(self, data):
        pass


def scene_of(conversation):
    number = 1 if "anjay" in conversation else 0
    server = account(number, 1111, 300)
    server[1].values.update({2: 1, 3: 1, 5: 60})
    objects = [*server]
    for object_number, text in TEST_OBJECTS.items():
        table = definition(object_number, text)
        if table.is_multiple:
            objects.append(Creatable(table, None, 20))
        first = 10 if object_number == 31024 else 0
        objects.append(filled(table, first))
    return Scene(objects).registered()


def exchanges(of):
    found = [one for one in CONVERSATIONS["exchanges"] if one["of"] == of]
    return sorted(found, key=lambda one: one["order"])


def messages_of(exchange):
    """(from and to, Message) of those that can be read."""
    found = []
    for way, text in exchange["messages"]:
        try:
            found.append((way, decode(bytes.fromhex(text))))
        except MessageFormatError:
            continue
    return found


def answer_to(request, following):
    """What the real client answered to a request, or None."""
    for way, message in following:
        if way[0] == "c" and message.token == request.token and message.code >> 5 in (2, 4, 5):
            return message
    return None


def quiet(scene, server):
    """Answer what the client sends by itself."""
    while scene.sent:
        _server, message = scene.sent.pop(0)
        if message.type == 0 and message.code in (codes.POST, codes.DELETE):
            scene.answer(message, codes.CHANGED, server=server)
        elif message.type == 0:
            scene.acknowledge(message, server)


MANAGED = [name for name in CONVERSATIONS["conversations"] if name[:3] in ("mg-", "m10", "fw-")]


def as_theirs(scene, request, theirs):
    """Have an instance that the real client had, and none that it had not: not every exchange of
    a conversation is in the file."""
    path = [int(part) for part in text_of(request, 11) if part.isdigit()]
    if len(path) < 2 or path[0] < 1000 or theirs is None:
        return
    known = scene.client.tree.objects.get(path[0])
    if known is None or known.creatable is None:
        return
    is_there = path[1] in known.instances
    if codes.is_success(theirs.code) and not is_there:
        scene.client.tree.add(filled(known.definition, path[1]))
    elif theirs.code == codes.NOT_FOUND and is_there and len(path) == 2:
        scene.client.tree.remove(path[0], path[1])


def is_their_limit(client, theirs, ours, request):
    """Formats and operations that these clients do not have, and answers of theirs that are
    other words for the same."""
    others = ("wakaama", "node-red-contrib-lwm2m")
    if client in others and ours.code >> 5 == 4 and theirs.code >> 5 in (4, 5):
        return True  # both refuse it
    if client == "node-red-contrib-lwm2m" and theirs.code == codes.UNAUTHORIZED:
        return True  # it has nothing that may be deleted, for one
    asked = {option(request, 12), option(request, 17)}
    is_refused = theirs.code in (0x80, 0x84, 0x86, 0x8F, 0xA0)
    if client != "Leshan" and asked & {110, 112, 60, 11543, 1543} and is_refused:
        return True
    path = text_of(request, 11)
    if len(path) == 4 and is_refused and codes.is_success(ours.code):
        return True  # no resource instances by themselves
    if path and path[0] in ("31024", "33605", "3442", "3311") and len(path) == 3:
        # Anjay 3.14's test object refuses a partial update of a resource by 5.00.
        return theirs.code == 0xA0 and codes.is_success(ours.code)
    return False


@pytest.mark.parametrize("conversation", MANAGED)
def test_a_real_server_manages_our_client(conversation):
    client = CONVERSATIONS["conversations"][conversation][0].split()[0]
    scene = scene_of(conversation)
    server = scene.server()
    compared = 0
    for exchange in exchanges(conversation):
        messages = messages_of(exchange)
        for index, (way, request) in enumerate(messages):
            if way != "sc" or not 0 < request.code < 32:
                continue
            theirs = answer_to(request, messages[index + 1 :])
            as_theirs(scene, request, theirs)
            scene.sent = []
            scene.receive(request, server)
            ours = [one for _server, one in scene.sent if one.token == request.token]
            ours = [one for one in ours if one.code >> 5 in (2, 4, 5)]
            quiet(scene, server)
            assert len(ours) <= 1
            if theirs is None or not ours or option(request, 23):
                continue  # later blocks: their bodies have other lengths
            compared += 1
            title = exchange["title"]
            expected, _why = OTHERWISE.get((client, title), (dotted(theirs.code), ""))
            if is_their_limit(client, theirs, ours[0], request):
                continue
            assert dotted(ours[0].code) == expected, (conversation, exchange["order"], title)
            accept = option(request, 17)
            if accept is not None and ours[0].code == theirs.code == codes.CONTENT:
                assert option(ours[0], 12) == accept
    assert compared or len(exchanges(conversation)) < 9, conversation


BOOTSTRAPS = [name for name in CONVERSATIONS["conversations"] if name.startswith("bs-")]


@pytest.mark.parametrize("conversation", BOOTSTRAPS)
def test_a_real_bootstrap_server_bootstraps_our_client(conversation):
    for exchange in exchanges(conversation):
        values = {0: "coap://127.0.0.1:5783", 1: True, 2: 3}
        number = 1 if "npm" not in conversation else 0
        security = creatables()[0].definition
        objects = [
            *creatables(),
            Instance(security, number, values),
            filled(definition(3, TEST_OBJECTS[3]), 0),
        ]
        scene = Scene(objects).start()
        server = scene.client.servers[0]
        assert server.is_bootstrap
        messages = messages_of(exchange)
        heard = 0
        for index, (way, message) in enumerate(messages):
            if way == "bc" and 0 < message.code < 32:
                theirs = answer_to(message, messages[index + 1 :])
                before = len(scene.sent)
                scene.receive(message, server)
                ours = [
                    one
                    for whose, one in scene.sent[before:]
                    if whose is server and one.token == message.token and one.mid == message.mid
                ]
                if theirs is None:
                    continue
                heard += 1
                # of 1.0, of objects that they do not have, or not allowed
                is_refused = theirs.code in (0x80, 0x81, 0x84)
                if not is_refused:
                    assert dotted(ours[0].code) == dotted(theirs.code), (conversation, message)
            elif way == "bc" and codes.is_success(message.code):
                asked = [one for one in scene.sent if one[1].code == codes.POST]
                if asked and text_of(asked[0][1], 11) == ["bs"]:
                    scene.sent.remove(asked[0])
                    scene.answer(asked[0][1], message.code, server=server)
        finishes = [one for way, one in messages if way == "bc" and text_of(one, 11) == ["bs"]]
        if not heard or not finishes:
            continue
        assert scene.told(events.BOOTSTRAPPED) == [None], conversation
        registrations = [one for _server, one in scene.sent if text_of(one, 11) == ["rd"]]
        assert len(registrations) == 1
        theirs = [one for way, one in messages if way == "cs" and text_of(one, 11) == ["rd"]]
        if theirs:
            lifetimes = [text for text in text_of(theirs[-1], 15) if text.startswith("lt=")]
            # A day is what a server takes for granted (1.1, 6.2.1).
            ours = [text for text in text_of(registrations[0], 15) if text.startswith("lt=")]
            assert (ours or ["lt=86400"]) == lifetimes, conversation
