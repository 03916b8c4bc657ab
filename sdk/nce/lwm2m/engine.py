"""What the rooms of the client share: its settings, its servers, and what happens between them.

`nce.lwm2m.client` has what an adapter calls; the rooms (registration, bootstrap, operations,
observing, sending) are handed the client and call what is here.
"""

from nce.coap import codes
from nce.coap.exchange import RESPONSE
from nce.coap.parameters import DEFAULT
from nce.const import const
from nce.errors import UsageError
from nce.lwm2m import events, registration
from nce.lwm2m.budget import MOST_ATTEMPTS_PER_HOUR, MOST_UPDATES_PER_HOUR, Budget
from nce.lwm2m.events import Event
from nce.lwm2m.model import Refused
from nce.lwm2m.operations import Operations
from nce.lwm2m.tree import Tree

if 1 - 1:
    from nce.coap.exchange import Event as CoapEvent
    from nce.coap.parameters import Parameters
    from nce.coap.responder import Answer, HandlerFailed, Request
    from nce.lwm2m.bootstrap import Bootstrap
    from nce.lwm2m.model import Creatable, Instance
    from nce.lwm2m.sending import Sending
    from nce.lwm2m.server import Server
    from nce.seams import Any, Callable, Path, RandomBytes, Sequence


_SENML_CBOR = const(112)


class Engine:
    """A client without its verbs; see `nce.lwm2m.client`."""

    def __init__(
        self,
        endpoint_name: str,
        objects: "Sequence[Instance | Creatable]",
        random_bytes: "RandomBytes",
        version: str = "1.1",
        is_queue_mode: bool = False,
        bootstraps_on_connect: bool = False,
        preferred_format: int = _SENML_CBOR,
        parameters: "Parameters" = DEFAULT,
        max_body: int = 1024,
        awake_ms: int = 93000,
    ) -> None:
        if version not in ("1.0", "1.1"):
            raise UsageError("LwM2M %s is not spoken here: 1.0 or 1.1" % version)
        self.endpoint_name = endpoint_name
        self.version = version
        self.is_queue_mode = is_queue_mode
        self.bootstraps_on_connect = bootstraps_on_connect
        self.preferred_format = preferred_format
        self.parameters = parameters
        self.awake_ms = awake_ms
        self.tree = Tree(objects, self._changed)
        self.operations = Operations(self, max_body)
        self.servers: "list[Server]" = []
        # What `send` was given and no server has answered; None before the first one.
        self.sending: "Sending | None" = None
        self.attempts = Budget(MOST_ATTEMPTS_PER_HOUR)
        self.updates = Budget(MOST_UPDATES_PER_HOUR)
        # Called when a program changes a value, so that an adapter looks at `next_timeout` again.
        self.on_changed: "Callable[[], object] | None" = None
        # Something for the end of the verb, when the answer is on its way.
        self.after_answer: "Callable[[int], object] | None" = None
        first_ms = parameters.ack_timeout_ms * parameters.ack_random_percent // 100
        # MAX_TRANSMIT_WAIT (RFC 7252, 4.8.2).
        self.transmit_wait_ms = first_ms * ((2 << parameters.max_retransmit) - 1)
        self._random_bytes = random_bytes
        self._bootstrap: "Bootstrap | None" = None
        self._events: "list[Event]" = []
        self._is_running = False
        self._is_asleep = False
        self._is_disturbed = False  # a value changed outside of the verbs
        self._wants_bootstrap = False

    # What the rooms call.

    @property
    def is_shared(self) -> bool:
        """Whether more than one server manages the device."""
        return len([one for one in self.servers if not one.is_bootstrap]) > 1

    def tell(self, kind: int, server: "Server | None", detail: "Any") -> None:
        """Add an event."""
        self._events.append(Event(kind, server, detail))

    def connect(self, server: "Server") -> None:
        """Ask for a port, once."""
        if not server.is_connecting:
            server.is_connecting = True
            self.tell(events.CONNECT, server, None)

    def disconnect(self, server: "Server") -> None:
        """Have the port closed."""
        if server.endpoint is not None or server.is_connecting:
            self._close(server)
            self.tell(events.DISCONNECT, server, None)

    def _close(self, server: "Server") -> None:
        server.close()
        if self.sending is not None:
            self.sending.forget(server)

    def random_below(self, limit: int) -> int:
        """A number from 0, below `limit`."""
        return int.from_bytes(self._random_bytes(4), "big") % limit

    def start_servers(self, now_ms: int, is_renewed: bool = False) -> None:
        """Register everywhere, at servers that were registered with as well when a bootstrap
        renewed all; when there is nowhere, bootstrap."""
        self._read_accounts()
        is_any = False
        for server in self.servers:
            if not server.is_bootstrap:
                is_any = True
                if is_renewed:
                    registration.forget(server)
                if server.due_ms is None:  # else it waits for its own time, or is registered
                    self._start(server, now_ms)
        if not is_any:
            self._begin_bootstrap(now_ms, True)
        self.next_in_order(now_ms)

    def next_in_order(self, now_ms: int) -> None:
        """Register at the next server, when accounts say which one that is."""
        if any([self.tree.value(1, one.account, 13) is not None for one in self.servers]):
            from nce.lwm2m import order

            order.go_on(self, now_ms)

    def fall_back(self, now_ms: int) -> bool:
        """Bootstrap since a server cannot be registered with; False when that is no way."""
        return self._begin_bootstrap(now_ms, True)

    def end_bootstrap(self, server: "Server") -> None:
        """Forget the session with the bootstrap server."""
        self._bootstrap = None
        server.due_ms = None
        server.state = registration.OFF
        self.disconnect(server)
        self._read_accounts()

    def bootstrap_finished(self, server: "Server", until_ms: int) -> None:
        """Register at the servers; what did the bootstrap is needed no more. The port stays until
        a server has the registration: the last answer may be lost, and asked for again."""
        self._bootstrap = None
        server.due_ms = until_ms
        self.tell(events.BOOTSTRAPPED, server, None)

    def leave_bootstrap(self) -> None:
        """Close the port of a bootstrap that is over; with DTLS it takes much of a heap."""
        for server in self.servers:
            if server.state == registration.BOOTSTRAPPING and self._bootstrap is None:
                self.end_bootstrap(server)

    def bootstrap_request(self, request: "Request", path: "list[bytes]", now_ms: int) -> "Answer":
        """Serve a request of the bootstrap server."""
        if self._bootstrap is None:
            raise Refused(codes.METHOD_NOT_ALLOWED)
        return self._bootstrap.handle(request, path, now_ms)

    def execute(self, path: "Path") -> None:
        """Run an executable of object 1 (E.2): disable, update, bootstrap."""
        for server in self.servers:
            if not server.is_bootstrap and server.account == path[1]:
                if path[2] == 8:
                    server.needs |= registration.NEEDS_UPDATE
                elif path[2] == 4:
                    rest_s = self.tree.value(1, path[1], 5, 86400)
                    server.rests_ms = 1000 * max(1, rest_s)
                elif path[2] == 9:
                    self._wants_bootstrap = True

    def written(self, server: "Server", paths: "list[Path]") -> None:
        """A server wrote: what it means for the engine, and the event."""
        for path in paths:
            if path[0] != 1:
                continue
            for one in self.servers:
                if one.is_bootstrap or one.account != path[1]:
                    continue
                if path[2] == 1:
                    one.needs |= registration.NEEDS_LIFETIME
                elif path[2] == 7:
                    one.needs |= registration.NEEDS_BINDING
                elif path[2] in (2, 3) and one.observations:
                    from nce.lwm2m import observing

                    observing.forget_limits(one)
        self.tell(events.WRITTEN, server, tuple(paths))

    def objects_changed(self, path: "Path") -> None:
        """An instance came or went: servers learn of it by an update, observers by values."""
        for server in self.servers:
            server.needs |= registration.NEEDS_OBJECTS
        self._changed(path)

    # What goes on inside.

    def _read_accounts(self) -> None:
        known = self.servers
        from nce.lwm2m import accounts

        self.servers = accounts.read(self.tree, known, self.version)
        for server in known:
            if any([server is one for one in self.servers]):
                continue
            if server.state == registration.BOOTSTRAPPING:
                if self._bootstrap is None or not self._bootstrap.is_waiting:
                    # It wrote over its own account: its port stays for its last answer.
                    self.servers.insert(0, server)
                    continue
                self._bootstrap = None
            server.state = registration.OFF
            server.due_ms = None
            self.disconnect(server)
        if self.sending is not None:
            self.sending.moved(self.servers)

    def _bootstrap_broken(self, server: "Server", now_ms: int) -> None:
        if self._bootstrap is not None:
            self._bootstrap.broken(now_ms)
        else:
            self.end_bootstrap(server)  # it was over, and nothing was asked for again

    def _begin_bootstrap(self, now_ms: int, is_fallback: bool = False) -> bool:
        if self._bootstrap is not None and self._bootstrap.is_under_way:
            return True
        if self._bootstrap is not None and self._bootstrap.is_waiting and is_fallback:
            return False  # it failed, and has its own time to begin again
        for server in self.servers:
            if server.is_bootstrap:
                if self._bootstrap is None:
                    from nce.lwm2m.bootstrap import Bootstrap

                    self._bootstrap = Bootstrap(self, server)
                self._bootstrap.begin(now_ms)
                return True
        return False

    def _update_all(self, now_ms: int, within_ms: "int | None" = None) -> None:
        for server in self.servers:
            if server.is_bootstrap:
                continue
            if server.state == registration.REGISTERED:
                due_ms = server.due_ms
                if within_ms is None or (due_ms is not None and due_ms - now_ms < within_ms):
                    server.needs |= registration.NEEDS_UPDATE
            else:
                self._start(server, now_ms)

    def _start(self, server: "Server", now_ms: int) -> None:
        # One that has a place in an order begins when its turn comes.
        is_ordered = self.tree.value(1, server.account, 13) is not None
        if not is_ordered or server.state != registration.OFF:
            registration.take(self, server, registration.START, now_ms)

    def _take(self, server: "Server", event: "CoapEvent", now_ms: int) -> None:
        if server.endpoint is None:
            return  # closed by an event before
        if any([one is event.token for one in server.observations]) or (
            event.token is server.in_flight and event.token is not None
        ):
            from nce.lwm2m import observing

            if observing.take_event(self, server, event, now_ms):
                registration.take(self, server, registration.SILENT, now_ms)
            return
        if self.sending is not None and self.sending.take_event(server, event, now_ms):
            if event.outcome != RESPONSE:
                registration.take(self, server, registration.SILENT, now_ms)
            return
        answer = server.answer(event, now_ms)
        if answer is None:
            return
        if server.is_bootstrap:
            if self._bootstrap is not None:
                self._bootstrap.answered(answer, now_ms)
        else:
            registration.answered(self, server, answer, now_ms)

    def _failed(self, event: "HandlerFailed") -> None:
        # Not `Request.path`: it loads a room of CoAP that nothing else here needs.
        detail = (self.operations.path, event.error)
        self.tell(events.HANDLER_FAILED, event.request.peer, detail)

    def _changed(self, path: "Path") -> None:
        is_observed = False
        for server in self.servers:
            if server.observations:
                from nce.lwm2m import observing

                is_observed = observing.changed(server, path) or is_observed
        if is_observed:
            self._disturb()

    def _disturb(self) -> None:
        self._is_disturbed = True
        if self.on_changed is not None:
            self.on_changed()

    def _may_tell(self, server: "Server") -> bool:
        return server.state == registration.REGISTERED and not server.is_connecting

    def _end_verb(self, now_ms: int) -> "list[Event]":
        self._is_disturbed = False
        if self.after_answer is not None:
            after, self.after_answer = self.after_answer, None
            after(now_ms)
        if self._wants_bootstrap:
            self._wants_bootstrap = False
            self._begin_bootstrap(now_ms)
        for server in self.servers:
            self._pump(server, now_ms)
        if self.is_queue_mode and self._is_running:
            rest_ms = self._rest_ms()
            if rest_ms is None or now_ms < rest_ms:
                self._is_asleep = False
            elif not self._is_asleep:
                self._is_asleep = True
                self.tell(events.SLEEP, None, None)
        told, self._events = self._events, []
        return told

    def _pump(self, server: "Server", now_ms: int) -> None:
        if server.state != registration.REGISTERED:
            return
        if server.rests_ms:
            registration.take(self, server, registration.STOP, now_ms)
        elif server.needs:
            registration.take(self, server, registration.CHANGED, now_ms)
        if self._may_tell(server) and server.observations:
            from nce.lwm2m import observing

            observing.pump(self, server, now_ms)
        if self._may_tell(server) and self.sending is not None:
            self.sending.pump(server, now_ms)

    def _rest_ms(self) -> "int | None":
        # When nothing will have passed for long enough; None while something is under way.
        if self._bootstrap is not None and self._bootstrap.is_under_way:
            return None
        latest_ms = 0
        for server in self.servers:
            if server.endpoint is None:
                if server.is_connecting:
                    return None
                continue
            if not server.endpoint.is_idle or server.is_busy:
                return None
            at_ms = server.active_ms + (0 if server.is_bootstrap else self.awake_ms)
            latest_ms = max(latest_ms, at_ms)
        return latest_ms
