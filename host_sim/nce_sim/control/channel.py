"""The control channel of a running world: JSON lines over a Unix socket.

    channel = await ControlChannel.open(world, "")
    print(channel.path)                     # /run/user/1000/nce/world-1.sock
    await channel.close()

    -> {"verb": "sms", "arguments": {"sim": "1", "text": "hello"}}
    <- {"ok": true, "result": {"sim": "898822*********1234", "id": 1, "status": "buffered"}}
    <- {"ok": false, "kind": "refused", "error": "…"}       # or "bad_request"

`verbs.VERBS` says what there is. Requests of one connection are answered in turn. Lines, waits and
connections are bounded: who sends too much, or nothing, is told so and hung up on.
"""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

from nce_sim.control.parameters import BadRequest, taken
from nce_sim.control.place import listen
from nce_sim.control.verbs import LONGEST_PRESS_MS, VERBS, Refused
from nce_sim.world import World

MOST_BYTES = 16_384  # of a request's line
MOST_CONNECTIONS = 16
IDLE_S = 10.0
WRITE_S = 10.0
VERB_S = LONGEST_PRESS_MS / 1000 + 10


class ControlChannel:
    """One world's end of the channel; made by `open`."""

    def __init__(self, world: World, listener: socket.socket, path: Path) -> None:
        self.path = path
        self._world = world
        self._listener = listener
        self._inode = path.stat().st_ino
        self._server: asyncio.AbstractServer | None = None
        self._talks: set[asyncio.Task[Any]] = set()

    @classmethod
    async def open(cls, world: World, name: str = "") -> ControlChannel:
        """Listen under `name`, "" takes the first that is free; ControlError when it cannot be."""
        listener, path = listen(name)
        channel = cls(world, listener, path)
        channel._server = await asyncio.start_unix_server(
            channel._talk, sock=listener, limit=MOST_BYTES
        )
        return channel

    async def close(self) -> None:
        """Take the socket away and hang up; closing twice is harmless."""
        server, self._server = self._server, None
        if server is None:
            return
        # Before the socket closes: from then on its file would be taken for a dead world's.
        try:
            if self.path.stat().st_ino == self._inode:
                self.path.unlink()
        except FileNotFoundError:
            pass
        server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        try:
            if len(self._talks) > MOST_CONNECTIONS:
                await _say(writer, _failure("refused", "too many are talking to this world"))
                return
            while True:
                try:
                    line = await asyncio.wait_for(reader.readline(), IDLE_S)
                except ValueError:
                    text = f"a request has {MOST_BYTES} bytes at the most"
                    await _say(writer, _failure("bad_request", text))
                    return
                except asyncio.TimeoutError:
                    text = f"nothing came for {IDLE_S:.0f} s"
                    await _say(writer, _failure("bad_request", text))
                    return
                if not line.endswith(b"\n"):
                    return
                await _say(writer, await self._answer(line))
        except (ConnectionError, asyncio.TimeoutError):
            return  # the other end went away, or reads nothing
        finally:
            self._talks.discard(talk)
            writer.close()

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            name, given = _request(line)
            verb = VERBS[name]
            arguments = taken(verb.parameters, given)
            # The arguments stay out of the record: an SMS is nobody else's business.
            self._world.timeline.add("control", "control", verb=name)
            result = await asyncio.wait_for(verb.run(self._world, arguments), VERB_S)
        except BadRequest as error:
            return _failure("bad_request", str(error))
        except Refused as error:
            return _failure("refused", str(error))
        except asyncio.TimeoutError:
            return _failure("refused", f"it was not done within {VERB_S:.0f} s")
        return {"ok": True, "result": result}


def _request(line: bytes) -> tuple[str, Any]:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise BadRequest("the request is not JSON on one line") from error
    if not isinstance(request, dict) or not set(request) <= {"verb", "arguments"}:
        raise BadRequest('a request is {"verb": …, "arguments": {…}} and nothing else')
    name = request.get("verb")
    if not isinstance(name, str) or name not in VERBS:
        raise BadRequest(f"there is no such verb; there are {', '.join(VERBS)}")
    return name, request.get("arguments", {})


def _failure(kind: str, text: str) -> dict[str, Any]:
    return {"ok": False, "kind": kind, "error": text}


async def _say(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")
    await asyncio.wait_for(writer.drain(), WRITE_S)
