"""Any request of a server gets an answer, and no fault of the engine's own: requests at random,
some of them nearly right."""

from nce.coap import codes
from nce.coap.message import ACK, CON, NON, Message
from nce.lwm2m import events
from nce.lwm2m.model import Creatable, Instance

from lwm2m_scene import (  # isort: skip
    ACCESS_CONTROL,
    FIRMWARE,
    PLAIN_BOOTSTRAP,
    SAMPLE,
    SECURITY,
    Scene,
    Temperature,
    account,
    creatables,
    device,
)

NUMBERS = (
    "0",
    "1",
    "2",
    "3",
    "5",
    "3303",
    "33605",
    "5700",
    "12",
    "15",
    "10",
    "4",
    "8",
    "65535",
    "x",
    "",
)
PATHS = (
    "3/0/9 3/0/6 33605 33605/0 33605/0/2 33605/0/3 33605/0/12 33605/0/3/0 33605/1 5/0/0 "
    "3303/0/5700 1/0 1/0/1 1/0/8 3 2/0/2"
).split(" ")
FORMATS = (
    b"",
    b"\x28",
    b"\x2a",
    b"\x3c",
    b"\x6e",
    b"\x70",
    b"\x2d\x16",
    b"\x2d\x17",
    b"\x06\x06",
    b"\x27\x0f",
)
QUERIES = (
    b"pmin=1",
    b"pmax",
    b"gt=1.5",
    b"st=",
    b"lt=nan",
    b"=",
    b"\xff",
    b"pmin=99999999999",
    b"epmax=3",
)
PAYLOADS = (
    b"",
    b"5",
    b"-1",
    b"\xff\xfe",
    b"0='a',1",
    b"\xc1\x0c\x05",
    b"\x08\x00\x03\xc1\x0c\x05",
    b"\xc8\x0f\xff",
    b'[{"bn":"/33605/0/","n":"12","v":6}]',
    b'[{"n":"/3/0/0"},{"n":"/1"}]',
    b'{"bn":"/33605/0/","e":[{"n":"12","v":6}]}',
    b"\x81\xa1\x00f/3/0/0",
    b"\x81\xa2\x00h/3303/0/5700"[:9],
    b"\x9f\x9f\x9f\x9f",
    b"[" * 40,
)


class Dice:
    def __init__(self, seed):
        self.state = seed * 2654435761 + 1 & 0x7FFFFFFF

    def below(self, limit):
        self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self.state >> 8) % limit

    def one_of(self, things):
        return things[self.below(len(things))]


def request_at_random(dice, mid):
    parts = [dice.one_of(NUMBERS) for _ in range(dice.below(5))]
    if dice.below(3):
        parts = dice.one_of(PATHS).split("/")
    its_options = [(11, part.encode()) for part in parts]
    if dice.below(2):
        its_options.append((12, dice.one_of(FORMATS)))
    if dice.below(3) == 0:
        its_options.append((17, dice.one_of(FORMATS)))
    if dice.below(4) == 0:
        its_options.append((6, dice.one_of((b"", b"\x01", b"\x02", b"\x01\x02\x03"))))
    for _ in range(dice.below(4) // 2):
        its_options.append((15, dice.one_of(QUERIES)))
    if dice.below(6) == 0:
        its_options.append((dice.one_of((23, 27)), bytes((dice.below(256),))))
    payload = dice.one_of(PAYLOADS)
    if dice.below(4) == 0:
        payload = bytes([dice.below(256) for _ in range(dice.below(40))])
    code = 1 + dice.below(7)
    return Message(
        dice.one_of((CON, CON, CON, NON)),
        code,
        mid,
        bytes((dice.below(4),)),
        tuple(its_options),
        payload,
    )


def bombard(scene, server, seed, count):
    dice = Dice(seed)
    for mid in range(count):
        request = request_at_random(dice, mid)
        scene.sent = []
        scene.receive(request, server)
        if request.type == CON:
            answers = [one for _server, one in scene.sent if one.mid == mid and one.type == ACK]
            assert len(answers) == 1, request
            # 5.00 would be a fault of ours.
            assert answers[0].code >> 5 in (2, 4), (request, answers)
        for to, message in list(scene.sent):
            if message.type == CON and 0 < message.code < 32:
                scene.answer(message, codes.CHANGED, server=to)
            elif message.type == CON:
                scene.acknowledge(message, to)
        scene.now_ms += 400  # an exchange's lifetime passes every 600 requests
        assert scene.told(events.HANDLER_FAILED) == []
    return scene


def objects(*more):
    sample = {
        2: lambda arguments: None,
        3: {0: 5},
        10: b"\x01",
        12: 3,
        14: 1.5,
        15: "a",
        16: (3, 0),
    }
    sinks = {0: lambda: None}
    return (
        account()
        + [
            device(),
            Temperature(lambda: 21.5),
            Creatable(SAMPLE),
            Instance(SAMPLE, 0, sample),
            Instance(FIRMWARE, 0, {1: "", 3: 0}, sinks=sinks),
        ]
        + list(more)
    )


def test_a_server_that_asks_at_random_is_answered():
    for seed in range(3):
        scene = Scene(objects()).registered()
        bombard(scene, scene.server(), seed, 500)
        # It manages still.
        assert scene.read("/3/0/9", 0).payload == b"95"


def test_one_of_two_servers_that_asks_at_random_is_answered():
    rule = Instance(ACCESS_CONTROL, 0, {0: 33605, 1: 0, 2: {1111: 31}, 3: 2222})
    scene = Scene(objects(Creatable(ACCESS_CONTROL), rule, *account(1, 2222))).start()
    for server, message in list(scene.sent):
        scene.answer(message, codes.CREATED, ((8, b"rd"), (8, b"1")), server=server)
    bombard(scene, scene.server(1111), 7, 500)


def test_a_bootstrap_server_that_asks_at_random_is_answered():
    made = creatables() + [Instance(SECURITY, 1, PLAIN_BOOTSTRAP)]
    made += [one for one in objects() if one.definition.number > 1]
    scene = Scene(made).start()
    server = scene.client.servers[0]
    scene.answer(scene.next(), codes.CHANGED, server=server)
    bombard(scene, server, 11, 500)


def test_any_bytes_are_survived():
    scene = Scene(objects()).registered()
    dice = Dice(3)
    for _ in range(1500):
        datagram = bytes([dice.below(256) for _ in range(dice.below(30))])
        if dice.below(2):
            datagram = (
                bytes((0x40 | dice.below(64), dice.below(256), 1, dice.below(256))) + datagram
            )
        scene.take(scene.client.receive_datagram(scene.server(), datagram, scene.now_ms))
        scene.sent = []
    assert scene.told(events.HANDLER_FAILED) == []
