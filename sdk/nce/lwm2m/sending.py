"""Send: values that the device gives unasked, POST /dp (LwM2M 1.1, 6.4.5). Loaded when a program
sends.

A send waits for its server to be registered, and is repeated when the network lost it; a server
that mutes sends (object 1, resource 23) gets none. Up to `MOST_WAITING` wait at once.
"""

from nce.coap import codes, options
from nce.const import const
from nce.errors import UsageError
from nce.lwm2m import events, formats, kinds
from nce.lwm2m.model import Refused
from nce.lwm2m.server import Ask

if 1 - 1:
    from nce.coap.exchange import Event
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server
    from nce.seams import Any, Entry, Path, Sequence


MOST_WAITING = 4
_MOST_TRIES = const(3)
_SENML_JSON = const(110)
_MUTE = const(23)


class _Send:
    def __init__(self, handle: int, payload: bytes, servers: "list[Server]") -> None:
        self.handle = handle
        self.payload = payload
        self.servers = servers  # those that have not answered
        self.tries = 0


class Sending:
    """The sends of a client that are not answered yet."""

    def __init__(self, client: "Engine") -> None:
        self._client = client
        self._sends: "list[_Send]" = []
        self._asked: "list[tuple[Server, _Send, Ask]]" = []
        self._next = 1

    def __len__(self) -> int:
        return len(self._sends)

    def add(self, what: "Sequence[Path | Entry]", server: "Server | None") -> int:
        """Take values to send; their handle."""
        client = self._client
        known = [one for one in client.servers if not one.is_bootstrap]
        servers = [one for one in known if server in (None, one) and self._takes(one)]
        if not known:
            raise UsageError("no server is known yet: wait for a registration first")
        if not servers:
            raise UsageError("no server takes a send: it speaks LwM2M 1.0, or mutes it (/1/x/23)")
        if len(self._sends) >= MOST_WAITING:
            raise UsageError("%d sends wait already: wait for SENT first" % MOST_WAITING)
        entries: "list[Any]" = []
        trouble: "Exception | None" = None
        for one in what or ():
            is_path = _is_path(one, 0)
            if not is_path and not _is_entry(one):
                raise UsageError(
                    "a send is a list of paths such as (3303, 0), and of entries "
                    "(path of a resource, kind, value, time in seconds or None), not of %s"
                    % ("%r" % (one,))[:60]
                )
            path: "Any" = one if is_path else one[0]
            if path[:1] == (0,):
                raise UsageError("a send has nothing of object 0, where the keys are")
            if not is_path:
                entries.append(one)
                continue
            try:
                entries += client.tree.collect(path)
            except Refused:
                pass  # there is none at the moment: what there is goes
            except MemoryError:
                raise
            except Exception as error:  # noqa: BLE001 - a program's callable may fail in any way
                trouble = error
                client.tell(events.HANDLER_FAILED, None, (path, error))
        if trouble is not None and not entries:
            raise trouble
        if not entries:
            raise UsageError("nothing that is to be sent has a value: %s" % (what,))
        codec: "Any" = formats.codec_of(self._format())
        handle = self._next
        self._next += 1
        self._sends.append(_Send(handle, codec.encode((), entries), servers))
        return handle

    def cancel(self, handle: int) -> None:
        """Give a send up: its place is free, and it is not sent any more. When it is on its way
        already, no SENT event follows."""
        self._sends = [one for one in self._sends if one.handle != handle]

    def pump(self, server: "Server", now_ms: int) -> None:
        """Send the next one that waits for a server."""
        if any([one is server for one, _send, _ask in self._asked]):
            return
        for send in self._sends:
            if all([one is not server for one in send.servers]):
                continue
            if server.endpoint is None:
                self._client.connect(server)
                return
            send.tries += 1
            its_options = (
                (options.URI_PATH, b"dp"),
                (options.CONTENT_FORMAT, options.uint_value(self._format())),
            )
            ask = Ask(server, codes.POST, its_options, send.payload, now_ms)
            self._asked.append((server, send, ask))
            return

    def take_event(self, server: "Server", event: "Event", now_ms: int) -> bool:
        """Take an event of a send; False for one of something else."""
        for asked in self._asked:
            if asked[0] is server and asked[2].token == event.token:
                break
        else:
            return False
        _server, send, ask = asked
        if send not in self._sends:
            self._asked.remove(asked)
            return True  # it was cancelled: no block of it follows
        answer = ask.answer(event, now_ms)
        if answer is None:
            return True
        self._asked.remove(asked)
        client = self._client
        if not isinstance(answer, int):
            client.tell(events.SENT, server, (send.handle, answer.code))
        elif send.tries < _MOST_TRIES * len(send.servers):
            return True  # again when the server is back
        else:
            client.tell(events.SENT, server, (send.handle, 0))
        send.servers = [one for one in send.servers if one is not server]
        if not send.servers:
            self._sends.remove(send)
        return True

    def forget(self, server: "Server") -> None:
        """The port of a server is gone: what was under way is sent again."""
        self._asked = [one for one in self._asked if one[0] is not server]

    def moved(self, servers: "list[Server]") -> None:
        """The accounts are others, as a bootstrap gives a new key: what waits for a server waits
        for the one that has its number now."""
        for send in self._sends:
            for at, one in enumerate(send.servers):
                for other in servers:
                    if not other.is_bootstrap and other.short_id == one.short_id:
                        send.servers[at] = other

    def _takes(self, server: "Server") -> bool:
        is_muted = self._client.tree.value(1, server.account, _MUTE, False)
        return server.version != "1.0" and not is_muted

    def _format(self) -> int:
        # 6.4.5: SenML, of either kind.
        is_json = self._client.preferred_format == _SENML_JSON
        return _SENML_JSON if is_json else formats.SENML_CBOR


def _is_path(path: "Any", least: int) -> bool:
    return (
        isinstance(path, tuple)
        and least <= len(path) <= 4
        and all([isinstance(one, int) and 0 <= one < 65535 for one in path])
    )


def _is_entry(one: "Any") -> bool:
    return (
        isinstance(one, tuple)
        and len(one) == 4
        and _is_path(one[0], 3)
        and one[1] in range(kinds.STRING, kinds.CORE_LINK + 1)
        # No number is neither less nor more.
        and (one[3] is None or (isinstance(one[3], (int, float)) and abs(one[3]) < 1 << 53))
    )
