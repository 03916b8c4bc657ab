"""A session over a sleep, a reboot and a power cut, over the one recorded with OpenSSL."""

import json

from nce.dtls.client import ApplicationData, Client
from nce.dtls.primitives import sha256
from nce.dtls.saved import restore, save
from nce.dtls.suites import PSK_AES_128_CCM, PSK_AES_128_CCM_8
from nce.errors import UsageError
from nce.slots import Slots

with open(__file__.rsplit("/", 2)[0] + "/vectors/dtls_openssl.json") as file:
    RECORDED = json.load(file)

IDENTITY = RECORDED["identity"]
KEY = bytes.fromhex(RECORDED["key"])
ANSWERS = [
    bytes.fromhex(RECORDED["datagrams"][name]) for name in ("verify", "server_hello", "finished")
]
PONG = bytes.fromhex(RECORDED["datagrams"]["pong"])
CONNECTION_ID = b"\xc1\xc2"


class PowerCut(Exception):
    pass


class Flash:
    """Files in memory. After `left` bytes the power goes, in the middle of a write."""

    def __init__(self):
        self.files = {}
        self.left = None

    def load(self, path):
        if path not in self.files:
            raise OSError(2, "no such file")
        return self.files[path]

    def write(self, path, data):
        self.spend(1)
        self.files[path] = b""
        self.files[path] = data[: self.spend(len(data))]
        if self.left == 0:
            raise PowerCut()

    def spend(self, count):
        if self.left is not None:
            count = min(self.left, count)
            self.left -= count
        return count


def fixed_bytes(count):
    return bytes(range(count))


def new_client(identity=IDENTITY, suites=(PSK_AES_128_CCM_8,)):
    return Client(identity, KEY, fixed_bytes, suites=suites)


def connected_client(connection_id=CONNECTION_ID):
    client = new_client()
    client.start(0)
    for datagram in ANSWERS:
        client.receive_datagram(datagram, 0)
    client.datagrams_to_send()
    assert client.is_connected
    client.records.connection_id = connection_id
    return client


def sequence_of(datagram):
    return int.from_bytes(datagram[5:11], "big")


def send(client):
    client.send(b"x")
    return sequence_of(client.datagrams_to_send()[0])


def error_of(kind, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        return error
    raise AssertionError("%r did not raise" % (arguments,))


def test_a_restored_session_goes_on_without_a_datagram():
    client = connected_client()
    restored = new_client()
    assert restore(restored, save(client))
    assert restored.is_connected
    assert restored.datagrams_to_send() == []
    error_of(UsageError, restored.send, b"not before it is saved again")
    save(restored)
    assert restored.max_data == client.max_data == 1152 - 29 - 3
    assert send(restored) > send(client)
    assert restored.receive_datagram(PONG, 0) == [ApplicationData(b"pong\n")]
    assert restored.receive_datagram(PONG, 0) == []  # replayed


def test_the_replay_window_is_restored():
    client = connected_client()
    client.receive_datagram(PONG, 0)
    restored = new_client()
    restore(restored, save(client))
    assert restored.receive_datagram(PONG, 0) == []
    assert restored.dropped_records == 1


def test_without_a_connection_id_the_address_must_be_the_same():
    data = save(connected_client(b""))
    assert not restore(new_client(), data)
    assert restore(new_client(), data, same_address=True)


def test_bytes_that_are_not_this_session_are_left_alone():
    data = save(connected_client())
    assert not restore(new_client("another"), data)
    assert not restore(new_client(suites=(PSK_AES_128_CCM,)), data)
    for index in range(len(data)):
        changed = bytearray(data)
        changed[index] ^= 1
        assert not restore(new_client(), bytes(changed)), index
        assert not restore(new_client(), data[:index])
    client = new_client()
    assert save(client) == b""
    client.start(0)
    assert client.datagrams_to_send()


def test_parts_that_do_not_add_up_are_left_alone_whatever_their_checksum():
    body = save(connected_client())[:-4]
    for index in range(76, len(body)):
        for value in (0x00, 0x01, 0x7F, 0xFF):
            changed = bytearray(body)
            changed[index] = value
            changed = bytes(changed)
            for data in (changed, changed[:index], changed + bytes(index)):
                restored = new_client()
                if restore(restored, data + sha256(data)[:4]):
                    assert len(data) == len(body)
                    save(restored)
                    send(restored)


def test_reserved_numbers_are_used_up_and_then_saved_anew():
    client = connected_client()
    save(client, ahead=3)
    numbers = [send(client) for _ in range(3)]
    assert client.must_save
    error_of(UsageError, client.send, b"x")
    restored = new_client()
    restore(restored, save(client, ahead=3))
    numbers += [send(client) for _ in range(3)]
    save(restored)
    numbers += [send(restored) for _ in range(3)]
    assert len(set(numbers)) == 9
    assert numbers == sorted(numbers)


def test_a_restored_session_begins_behind_the_last_number_that_could_be_used():
    for ahead in (0, 1, 64):
        client = connected_client()
        data = save(client, ahead)
        used = []
        while client.records.sequences[1] < client.records.limit:
            used.append(sequence_of(client.records.seal(1, 21, b"\x01\x00")))
        error_of(OverflowError, client.records.seal, 1, 21, b"\x01\x00")
        assert len(used) == ahead + 16
        restored = new_client()
        assert restore(restored, data)
        assert restored.records.sequences[1] == used[-1] + 1


def test_a_session_that_cannot_be_resumed_is_kept_while_it_lives():
    client, restored = connected_client(), new_client()
    client.session = None  # a server without the extended master secret
    assert restore(restored, save(client))
    assert restored.session is None
    client.stop()
    assert save(client) == b""


def test_all_48_bits_of_a_number_are_kept():
    for number in (0x010203040506, (1 << 48) - 100):
        client, restored = connected_client(), new_client()
        client.records.sequences[1] = number
        assert restore(restored, save(client, ahead=0))
        assert restored.records.sequences[1] == number + 16


def test_bytes_that_were_not_kept_reserve_nothing():
    class Full(Exception):
        pass

    def full(_data):
        raise Full

    client = connected_client()
    held = []
    save(client, 3, held.append)
    numbers = [send(client)]
    error_of(Full, save, client, 64, full)
    numbers += [send(client), send(client)]
    assert client.must_save
    error_of(Full, save, client, 64, full)
    assert client.must_save
    error_of(UsageError, client.send, b"x")
    restored = new_client()
    restore(restored, held[0])
    save(restored, 3, held.append)
    numbers.append(send(restored))
    assert len(set(numbers)) == 4
    # A session of which nothing was kept for sure: what was tried is the bound.
    fresh = connected_client()
    error_of(Full, save, fresh, 2, full)
    send(fresh)
    send(fresh)
    assert fresh.must_save
    stopped = new_client()
    assert save(stopped, 64, held.append) == held[-1] == b""


def test_a_restored_session_says_nothing_before_it_is_saved_again():
    client = connected_client()
    data = save(client, ahead=0)
    used = []
    for _ in range(3):  # the power goes each time before anything is saved
        restored = new_client()
        restore(restored, data)
        restored.close()
        used += restored.datagrams_to_send()
    assert used == []


def run_until_cut(flash, used, left):
    """Wake, restore, send and save over and over, until the power goes. True: it did not."""
    flash.left = left
    client = None
    try:
        for _ in range(4):
            slots = Slots("session", flash)
            client = new_client()
            if not restore(client, slots.load() or b""):
                client = connected_client()
            slots.save(save(client, ahead=2))
            for _record in range(5):
                if client.must_save:
                    slots.save(save(client, ahead=2))
                used.append(send(client))
            slots.save(save(client, ahead=0))
    except PowerCut:
        return False
    finally:
        flash.left = None
    return True


def test_a_power_cut_at_any_written_byte_never_repeats_a_number():
    first = Flash()
    first_used = []
    assert run_until_cut(first, first_used, None)
    size = len(first.files["session.0"])
    assert len(set(first_used)) == 20
    for left in range(1, 6 * size, 5):
        flash = Flash()
        slots = Slots("session", flash)
        slots.save(save(connected_client(), ahead=2))
        used = []
        assert not run_until_cut(flash, used, left)
        assert run_until_cut(flash, used, None)  # the power is back
        assert len(set(used)) == len(used), left
        assert len(used) >= 20


def test_slots_give_the_old_bytes_or_the_new_ones():
    flash = Flash()
    slots = Slots("s", flash)
    assert slots.load() is None
    slots.save(b"first")
    for left in range(1, 4 + 8 + 6):
        flash.left = left
        error_of(PowerCut, Slots("s", flash).save, b"second")
        flash.left = None
        # The last byte written, the write is whole although nobody was told.
        expected = b"second" if left == 4 + 8 + 6 + 1 else b"first"
        assert Slots("s", flash).load() == expected, left
    Slots("s", flash).save(b"second")
    assert Slots("s", flash).load() == b"second"
    slots = Slots("s", flash)
    for number in range(5):
        slots.save(b"%d" % number)
        assert Slots("s", flash).load() == b"%d" % number
    assert sorted(flash.files) == ["s.0", "s.1"]
    for path in flash.files:
        flash.files[path] = b"garbage that is long enough"
    assert Slots("s", flash).load() is None


def test_a_file_that_cannot_be_read_may_be_the_last_and_is_not_written_over():
    class Worn(Flash):
        unreadable = None

        def load(self, path):
            if path == self.unreadable:
                raise OSError(5, "a block that is worn")
            return Flash.load(self, path)

    for last in (1, 2):
        for unreadable in ("s.0", "s.1"):
            flash = Worn()
            slots = Slots("s", flash)
            for number in range(last + 1):
                slots.save(b"%d" % number)
            before = dict(flash.files)
            flash.unreadable = unreadable
            for one in (slots, Slots("s", flash)):
                assert error_of(OSError, one.load).errno == 5
                assert error_of(OSError, one.save, b"new").errno == 5
            assert flash.files == before
            flash.unreadable = None
            assert slots.load() == b"%d" % last
            slots.save(b"new")
            assert Slots("s", flash).load() == b"new"
