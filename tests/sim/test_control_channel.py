"""The control channel on the wire: literal lines, hostile ones, bounds, and its client."""

import asyncio
import errno
import json
import socket
import threading
import time
from pathlib import Path

import pytest

from nce_sim.clock import LoopClock
from nce_sim.control import channel as channel_module
from nce_sim.control.channel import MOST_BYTES, MOST_CONNECTIONS, ControlChannel
from nce_sim.control.client import ask
from nce_sim.control.place import ControlError, worlds
from nce_sim.control.verb import Reach, Verb
from nce_sim.control.verbs import VERBS
from nce_sim.world import World
from support.running_world import private_folder

TIMEOUT_S = 20


@pytest.fixture
def play(monkeypatch):
    """Run `scene(world, channel)` with a channel of a world of one SIM and one modem."""
    with private_folder() as runtime:
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)

        def run(scene):
            async def main():
                world = World(1, clock=LoopClock())
                world.add_modem(world.add_sim())
                channel = await ControlChannel.open(Reach(world))
                try:
                    return await asyncio.wait_for(scene(world, channel), TIMEOUT_S)
                finally:
                    await channel.close()

            return asyncio.run(main())

        yield run


async def said(channel, *lines):
    """What the channel answers to these bytes, line by line, until it hangs up or all are."""
    reader, writer = await asyncio.open_unix_connection(str(channel.path))
    try:
        answers = []
        for line in lines:
            writer.write(line)
            answer = await reader.readline()
            if not answer:
                break
            answers.append(json.loads(answer))
        return answers
    finally:
        writer.close()
        await writer.wait_closed()


def test_requests_of_one_connection_are_answered_in_turn(play):
    async def scene(world, channel):
        answers = await said(
            channel,
            b'{"verb": "disable", "arguments": {"sim": "1"}}\n',
            b'{"verb":"status"}\n',
        )
        return world.sims[0], answers, world.timeline.records(kind="control")

    sim, answers, records = play(scene)
    assert answers[0] == {"ok": True, "result": {"sim": sim.masked, "is_enabled": False}}
    assert answers[1]["result"]["sims"][0]["is_enabled"] is False
    # Who only looks leaves no record.
    assert [record.fields for record in records] == [{"verb": "disable"}]


HOSTILE = (
    (b"\n", "bad_request", "not JSON"),
    (b"hello\n", "bad_request", "not JSON"),
    (b"\xff\xfe\n", "bad_request", "not JSON"),
    (b"[" * 10_000 + b"\n", "bad_request", "not JSON"),
    (b"[]\n", "bad_request", "nothing else"),
    (b'{"verb": "status", "more": 1}\n', "bad_request", "nothing else"),
    (b"{}\n", "bad_request", "unknown verb; `nce sim --help`"),
    (b'{"verb": ["status"]}\n', "bad_request", "unknown verb"),
    (b'{"verb": "__class__"}\n', "bad_request", "unknown verb"),
    (b'{"verb": "status", "arguments": []}\n', "bad_request", "list, not an object"),
    (b'{"verb": "key", "arguments": {"hold_ms": 1e99}}\n', "bad_request", "whole number"),
    (b'{"verb": "key", "arguments": {"modem": NaN}}\n', "bad_request", "whole number"),
    (b'{"verb": "key", "arguments": {"modem": ' + b"9" * 4_000 + b"}}\n", "bad_request", "large"),
    (b'{"verb": "enable", "arguments": {"sim": "7"}}\n', "refused", "no SIM 7"),
)


@pytest.mark.parametrize(("line", "kind", "words"), HOSTILE)
def test_a_hostile_line_gets_a_clear_error_and_the_next_one_an_answer(play, line, kind, words):
    async def scene(world, channel):
        return await said(channel, line, b'{"verb": "status"}\n')

    refusal, answer = play(scene)
    assert (refusal["ok"], refusal["kind"]) == (False, kind)
    assert words in refusal["error"]
    assert len(refusal["error"]) < 400  # the longest names all verbs
    assert answer["ok"] is True


def test_a_line_without_end_is_cut_off(play):
    async def scene(world, channel):
        reader, writer = await asyncio.open_unix_connection(str(channel.path))
        writer.write(b"x" * (3 * MOST_BYTES))
        answer = json.loads(await reader.readline())
        assert not answer["ok"]
        assert str(MOST_BYTES) in answer["error"]
        try:
            assert await reader.read() == b""
        except ConnectionResetError:
            pass  # what it did not read was still under way
        writer.close()
        return (await said(channel, b'{"verb": "status"}\n'))[0]["ok"]

    assert play(scene) is True


def test_silence_and_half_a_line_are_hung_up_on(play, monkeypatch):
    monkeypatch.setattr(channel_module, "IDLE_S", 0.05)

    async def scene(world, channel):
        for start in (b"", b'{"verb"'):
            reader, writer = await asyncio.open_unix_connection(str(channel.path))
            writer.write(start)
            answer = json.loads(await reader.readline())
            assert "no request came" in answer["error"]
            assert await reader.read() == b""
            writer.close()

    play(scene)


def test_connections_are_bounded_and_room_comes_back(play):
    async def scene(world, channel):
        held = [
            await asyncio.open_unix_connection(str(channel.path)) for _ in range(MOST_CONNECTIONS)
        ]
        # The last of them is served: so all have been counted.
        held[-1][1].write(b'{"verb": "status"}\n')
        assert json.loads(await held[-1][0].readline())["ok"]
        [refusal] = await said(channel, b"", b"")
        assert "too many" in refusal["error"]
        held[0][1].close()
        while len(channel._talks) == MOST_CONNECTIONS:
            await asyncio.sleep(0)
        [answer] = await said(channel, b'{"verb": "status"}\n')
        assert answer["ok"]
        for _, writer in held:
            writer.close()

    play(scene)


def test_without_a_file_descriptor_left_it_looks_away_and_comes_back(play, monkeypatch):
    monkeypatch.setattr(channel_module, "ACCEPT_AGAIN_S", 0.05)

    class Full:
        """A listener whose `accept` fails, as at the limit of open files, for a while."""

        def __init__(self, real):
            self.real, self.tries, self.until_s = real, 0, time.monotonic() + 0.12

        def accept(self):
            self.tries += 1
            if time.monotonic() < self.until_s:
                raise OSError(errno.EMFILE, "Too many open files")
            return self.real.accept()

        def __getattr__(self, name):
            return getattr(self.real, name)

    async def scene(world, channel):
        full = channel._listener = Full(channel._listener)
        [answer] = await said(channel, b'{"verb": "status"}\n')
        return answer["ok"], full.tries

    is_answered, tries = play(scene)
    assert is_answered
    assert 2 <= tries <= 5


def test_a_verb_that_fails_by_a_bug_is_told_to_the_loop_and_the_next_is_answered(
    play, monkeypatch
):
    async def broken(world, arguments):
        raise KeyError("a bug")

    monkeypatch.setitem(VERBS, "broken", Verb("Fail.", broken))

    async def scene(world, channel):
        faults = []
        asyncio.get_running_loop().set_exception_handler(lambda loop, said: faults.append(said))
        with pytest.raises(ControlError, match="closed the connection"):
            await asyncio.to_thread(ask, channel.path, "broken", {})
        assert (await asyncio.to_thread(ask, channel.path, "status", {}))["sims"]
        return [type(fault["exception"]) for fault in faults]

    assert play(scene) == [KeyError]


def test_a_verb_is_ended_when_it_takes_too_long(play, monkeypatch):
    monkeypatch.setattr(channel_module, "VERB_S", 0.05)

    async def scene(world, channel):
        line = b'{"verb": "key", "arguments": {"hold_ms": 60000}}\n'
        return await said(channel, line, b'{"verb": "status"}\n')

    refusal, answer = play(scene)
    assert "not finished within" in refusal["error"]
    assert answer["ok"]


def test_closing_hangs_up_and_takes_the_socket_away(play):
    async def scene(world, channel):
        reader, writer = await asyncio.open_unix_connection(str(channel.path))
        writer.write(b'{"verb": "key", "arguments": {"hold_ms": 60000}}\n')
        while not world.timeline.records(kind="control"):
            await asyncio.sleep(0)
        await channel.close()
        assert await reader.read() == b""
        writer.close()
        assert not channel.path.exists()
        await channel.close()

    play(scene)


def test_a_socket_that_another_put_in_its_place_stays(play):
    async def scene(world, channel):
        channel.path.unlink()
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as other:
            other.bind(str(channel.path))
            await channel.close()
            assert channel.path.exists()

    play(scene)


def test_the_client_is_answered_or_told_why_not(play):
    async def scene(world, channel):
        result = await asyncio.to_thread(ask, channel.path, "disable", {"sim": "1"})
        assert result["is_enabled"] is False
        for arguments, words in (({"sim": "2"}, "no SIM 2"), ({}, "sim is missing")):
            with pytest.raises(ControlError, match=words):
                await asyncio.to_thread(ask, channel.path, "enable", arguments)
        assert worlds() == [channel.path]

    play(scene)


WRONG_ANSWERS = (
    (b"", "closed the connection"),
    (b"no JSON\n", "is no world"),
    (b"[1]\n", "is no world"),
    (b'{"ok": true}\n', "is no world"),
    (b'{"ok": true, "result": {}', "closed the connection"),
    (b"x" * 1_100_000, "more than 1048576 bytes"),
    (None, "does not answer within"),
)


@pytest.mark.parametrize(("answer", "words"), WRONG_ANSWERS)
def test_the_client_believes_no_answer_and_waits_for_none_for_ever(answer, words):
    with (
        private_folder() as runtime,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener,
    ):
        path = Path(runtime) / "x.sock"
        listener.bind(str(path))
        listener.listen()

        def serve():
            end, _ = listener.accept()
            with end:
                try:
                    end.recv(1000)
                    if answer is not None:
                        end.sendall(answer)
                    else:
                        end.recv(1000)  # until the client has gone
                except OSError:
                    return  # the client had enough

        server = threading.Thread(target=serve)
        server.start()
        with pytest.raises(ControlError, match=words):
            ask(path, "status", {}, patience_s=5 if answer is not None else 0.2)
        server.join()


def test_the_client_says_that_nobody_is_there(tmp_path):
    with pytest.raises(ControlError, match="no world answers at"):
        ask(tmp_path / "none.sock", "status", {})
