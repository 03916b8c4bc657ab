"""The control channel of a running world: JSON lines over a Unix socket.

    channel = await ControlChannel.open(Reach(world, backend), "")
    print(channel.path)                     # /run/user/1000/nce/world-1.sock
    await channel.close()

    -> {"verb": "sms", "arguments": {"sim": "1", "text": "hello"}}
    <- {"ok": true, "result": {"sim": "898822*********1234", "id": 1, "status": "buffered"}}
    <- {"ok": false, "kind": "refused", "error": "…"}       # or "bad_request"

`verbs.VERBS` lists the verbs. Requests of one connection are answered in order. Lines, waits and
connections are bounded: a client that sends too much, or nothing, gets an error and the connection
ends.
"""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

from nce_sim.control.parameters import BadRequest, taken
from nce_sim.control.place import listen
from nce_sim.control.verb import Reach, Refused
from nce_sim.control.verbs import VERBS
from nce_sim.control.world_verbs import LONGEST_PRESS_MS

MOST_BYTES = 16_384  # of a request's line
MOST_CONNECTIONS = 16
IDLE_S = 10.0
WRITE_S = 10.0
ACCEPT_AGAIN_S = 1.0
VERB_S = LONGEST_PRESS_MS / 1000 + 10


class ControlChannel:
    """One world's end of the channel; made by `open`."""

    def __init__(self, reach: Reach, listener: socket.socket, path: Path) -> None:
        self.path = path
        self._reach = reach
        self._listener = listener
        self._inode = path.stat().st_ino
        self._talks: dict[asyncio.Task[None], socket.socket] = {}
        self._loop = asyncio.get_running_loop()
        self._look()

    @classmethod
    async def open(cls, reach: Reach, name: str = "") -> ControlChannel:
        """Listen under `name`; "" takes the first free one. ControlError when that fails."""
        return cls(reach, *listen(name))

    async def close(self) -> None:
        """Remove the socket and close all connections; closing twice is harmless."""
        if self._listener.fileno() < 0:
            return
        # Before the socket closes: after that its file would look like a dead world's.
        try:
            if self.path.stat().st_ino == self._inode:
                self.path.unlink()
        except FileNotFoundError:
            pass
        self._loop.remove_reader(self._listener.fileno())
        self._listener.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    def _look(self) -> None:
        if self._listener.fileno() >= 0:
            self._loop.add_reader(self._listener.fileno(), self._accept)

    def _accept(self) -> None:
        try:
            line, _ = self._listener.accept()
        except BlockingIOError:
            return
        except OSError:
            # No file descriptor is left; the listener stays readable, so stop watching it a while.
            self._loop.remove_reader(self._listener.fileno())
            self._loop.call_later(ACCEPT_AGAIN_S, self._look)
            return
        line.setblocking(False)
        talk = self._loop.create_task(self._talk(line))
        self._talks[talk] = line
        talk.add_done_callback(self._ended)

    def _ended(self, talk: asyncio.Task[None]) -> None:
        # A connection that was cancelled before its first step has not closed its line.
        self._talks.pop(talk).close()
        if not talk.cancelled() and talk.exception() is not None:
            self._loop.call_exception_handler(
                {"message": "a verb of the control channel failed", "exception": talk.exception()}
            )

    async def _talk(self, line: socket.socket) -> None:
        reader, writer = await asyncio.open_unix_connection(sock=line, limit=MOST_BYTES)
        try:
            await self._answer_all(reader, writer)
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), WRITE_S)
        except (TimeoutError, ConnectionError):
            return  # the client is gone, or does not read
        finally:
            writer.transport.abort()

    async def _answer_all(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if len(self._talks) > MOST_CONNECTIONS:
            await _say(writer, _failure("refused", "this world has too many connections"))
            return
        while True:
            try:
                request = await asyncio.wait_for(reader.readline(), IDLE_S)
            except ValueError:
                text = f"a request has at most {MOST_BYTES} bytes"
                await _say(writer, _failure("bad_request", text))
                return
            except TimeoutError:
                text = f"no request came for {IDLE_S:.0f} s"
                await _say(writer, _failure("bad_request", text))
                return
            if not request.endswith(b"\n"):
                return
            await _say(writer, await self._answer(request))

    async def _answer(self, line: bytes) -> dict[str, Any]:
        try:
            name, given = _request(line)
            verb = VERBS[name]
            arguments = taken(verb.parameters, given)
            # The arguments stay out of the record: an SMS is private.
            if not verb.is_look:
                self._reach.world.timeline.add("control", "control", verb=name)
            result = await asyncio.wait_for(verb.run(self._reach, arguments), VERB_S)
        except BadRequest as error:
            return _failure("bad_request", str(error))
        except Refused as error:
            return _failure("refused", str(error))
        except TimeoutError:
            return _failure("refused", f"it was not finished within {VERB_S:.0f} s")
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
        raise BadRequest("unknown verb; `nce sim --help` and `GET /_sim/verbs` list them")
    return name, request.get("arguments", {})


def _failure(kind: str, text: str) -> dict[str, Any]:
    return {"ok": False, "kind": kind, "error": text}


async def _say(writer: asyncio.StreamWriter, answer: dict[str, Any]) -> None:
    writer.write(json.dumps(answer).encode() + b"\n")
    await asyncio.wait_for(writer.drain(), WRITE_S)
