"""Messages that never become whole: they expire, are bounded, and leave room for the others."""

import nce_modem.clock
import nce_modem.sms.errors
from nce_modem.sms import Sms, concatenation, tpdu
from test_modem_session import play, raised
from test_sms_service import TEST, Store

errors = nce_modem.sms.errors

A_DAY_MS = 86_400_000
# The user data header says that it is longer than the user data: nobody can read that.
UNREADABLE = "0044038121F3000862101100000000" + "03" + "FF0003"


def part(reference, number, parts, letter="a"):
    """A DELIVER of `number` of `parts`: four UCS2 letters."""
    header = "050003%02X%02X%02X" % (reference, parts, number)
    body = "".join(["00%02X" % ord(letter)] * 4)
    return "0044038121F3000862101100000000" + "0E" + header + body


class Network(Store):
    """A storage that tells of what is delivered; what finds no room waits at the network."""

    def __init__(self, messages=(), total=10):
        super().__init__(messages, total)
        self.waiting = []
        self.ahead_ms = 0
        self._clock = nce_modem.clock.default_clock()

    def now_ms(self):
        return self._clock() + self.ahead_ms

    def deliver(self, *pdus):
        self.waiting.extend(pdus)
        while self.waiting and len(self.messages) < self.total:
            index = min(set(range(1, self.total + 1)) - set(self.messages))
            self.messages[index] = self.waiting.pop(0)
            self.say('\r\n+CMTI: "ME",%d\r\n' % index)

    def on_command(self, line):
        super().on_command(line)
        if line.startswith("AT+CMGD="):
            self.deliver()


def run(scene, store, **options):
    async def within(modem, script):
        await scene(Sms(modem, **options), script)

    play(within, store, now_ms=store.now_ms)


async def received(sms, wait_ms=100):
    """The texts of what can be received now."""
    texts = []
    while True:
        message = await sms.receive(wait_ms)
        if message is None:
            return texts
        texts.append(message.text)


def test_parts_expire_a_day_after_the_first_of_them():
    async def scene(sms, store):
        store.deliver(part(1, 1, 3))
        assert await received(sms) == []
        store.ahead_ms += A_DAY_MS - 60_000
        store.deliver(part(1, 2, 3))
        assert await received(sms) == []
        assert len(store.messages) == 2
        # A part that comes late does not begin the day again.
        store.ahead_ms += 120_000
        assert await received(sms) == []
        assert store.messages == {}
        assert sms.lost == 1
        store.deliver(part(1, 3, 3), TEST)
        assert await received(sms) == ["Test"]

    run(scene, Network())


def test_the_lifetime_is_a_setting():
    async def scene(sms, store):
        store.deliver(part(1, 1, 3))
        assert await received(sms) == []
        store.ahead_ms += 3_600_000
        assert await received(sms) == []
        assert store.messages == {}

    run(scene, Network(), unfinished_h=1)


def test_a_message_of_255_parts_that_never_ends_leaves_the_storage_empty():
    async def scene(sms, store):
        assert await received(sms, 20) == []
        flood = [part(7, number, 255) for number in range(1, 31)]
        store.deliver(*(flood + [TEST]))
        assert await received(sms) == ["Test"]
        assert (store.messages, store.waiting) == ({}, [])
        assert sms._parts.rest() == []

    run(scene, Network())


def test_a_message_that_fills_the_storage_gives_way_to_those_that_wait():
    async def scene(sms, store):
        assert await received(sms, 20) == []
        flood = [part(7, number, 40) for number in range(1, 25)]
        store.deliver(*(flood + [TEST, part(8, 1, 2, "a"), part(8, 2, 2, "b")]))
        assert await received(sms) == ["Test", "aaaabbbb"]
        assert store.waiting == []
        assert len(store.messages) < store.total
        assert sms.lost > 0

    run(scene, Network())


def test_a_storage_that_was_full_of_parts_before_is_emptied():
    async def scene(sms, store):
        store.waiting.append(TEST)
        assert await received(sms) == ["Test"]
        assert len(store.messages) < store.total

    run(scene, Network({index: part(7, index, 40) for index in range(1, 11)}))


def test_what_nobody_can_read_gives_way_too():
    async def scene(sms, store):
        store.waiting.append(TEST)
        assert await received(sms) == ["Test"]
        assert store.messages == {}
        assert sms.lost == 10

    run(scene, Network({index: UNREADABLE for index in range(1, 11)}))


def test_what_nobody_can_read_is_counted_once_and_stays_while_there_is_room():
    async def scene(sms, store):
        for _ in range(3):
            sms._look_at_ms = 0
            assert await received(sms, 20) == []
        assert sms.lost == 1
        assert len(store.messages) == 1

    run(scene, Network({1: UNREADABLE}))


def test_where_nothing_is_unfinished_nothing_is_dropped():
    reassembly = concatenation.Reassembly()
    assert reassembly.drop_oldest() is False
    assert (reassembly.dropped, reassembly.take_dropped(), reassembly.rest()) == (0, [], [])


def test_a_part_that_came_twice_takes_one_place():
    async def scene(sms, store):
        assert await received(sms, 20) == []
        store.deliver(*[part(7, 1, 2, "a")] * 12)
        assert await received(sms) == []
        assert len(store.messages) == 1
        store.deliver(part(7, 2, 2, "b"))
        assert await received(sms) == ["aaaabbbb"]
        assert store.messages == {}

    run(scene, Network())


def test_what_is_complete_in_the_storage_is_not_given_up_for_what_is_not():
    messages = {}
    for number in (1, 2, 3):
        for reference in range(6):
            messages[len(messages) + 1] = part(reference, number, 3, "abcdef"[reference])
            messages[len(messages) + 1] = part(100 + len(messages), 1, 2)  # never whole

    async def scene(sms, store):
        assert sorted(await received(sms)) == [letter * 12 for letter in "abcdef"]
        assert len(store.messages) <= concatenation.MAX_UNFINISHED

    run(scene, Network(messages, total=len(messages)))


def test_a_message_that_takes_the_whole_storage_is_received():
    async def scene(sms, store):
        assert await received(sms, 20) == []
        store.deliver(*[part(7, number, 10) for number in range(1, 11)])
        assert await received(sms) == ["a" * 40]
        assert sms.lost == 0

    run(scene, Network())


def test_places_that_were_freed_by_others_are_left_alone():
    async def scene(sms, store):
        store.deliver(part(7, 1, 2))
        assert await received(sms) == []
        store.messages[1] = TEST  # an owner's terminal deleted the part, and a message came
        store.ahead_ms += A_DAY_MS
        assert await sms.receive(20) is not None  # found when the storage is looked at
        store.deliver(part(8, 1, 2))
        assert await received(sms) == []
        await sms.delete(1)
        store.messages[1] = TEST
        store.deliver(part(8, 2, 2))
        assert (await sms.receive(200)).text == "aaaaaaaa"
        assert store.messages == {1: TEST}

    run(scene, Network())


def test_what_is_kept_is_never_deleted():
    async def scene(sms, store):
        store.ahead_ms += A_DAY_MS
        await raised(errors.StorageFull, sms.receive(20))
        assert len(store.messages) == 10

    run(scene, Network({index: part(7, index, 40) for index in range(1, 11)}), keeps=True)


def test_unfinished_messages_are_bounded_in_bytes_and_in_parts():
    def a_part(reference, number, parts, size):
        return tpdu.Part("+49", None, tpdu.OCTETS, None, bytes(size), reference, number, parts, 0)

    reassembly = concatenation.Reassembly(limit=99, size=1000, parts=50)
    for number in range(1, 50):
        assert reassembly.add(a_part(1, number, 50, 134), number) is None
        assert reassembly._held_bytes() <= 1000
    assert reassembly.dropped == 49 * 134 // 1000
    assert reassembly.add(a_part(2, 1, 51, 1), 77) is None
    assert reassembly.take_dropped()[-1][1] == 77
    # Unless it is there as a whole.
    entries = [(a_part(3, number, 51, 134), number) for number in range(1, 52)]
    assert [message.missing for message in reassembly.add_all(entries)] == [0]
