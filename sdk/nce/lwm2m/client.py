"""The LwM2M client engine, sans-IO: CoAP messages and time in; messages, events and the next
deadline out (LwM2M 1.0 and 1.1).

    client = Lwm2mClient("urn:imei:…", objects, os.urandom)
    events = client.start(now_ms)
    # Event(CONNECT, server, None): open a port to server.uri, then
    events = client.connected(server, port.max_datagram, now_ms)
    for datagram in client.datagrams_to_send(server): ...
    events = client.receive_datagram(server, datagram, now_ms)
    events = client.handle_timeout(now_ms)  # when client.next_timeout() is due

`objects` are `Instance` and `Creatable` of `nce.lwm2m.model`; accounts of servers are instances of
objects 0 and 1 among them, or come by a bootstrap. `nce.lwm2m.events` lists what is told. What the
callables of instances do has its time within a verb: they call none themselves.
"""

from nce.errors import UsageError
from nce.lwm2m import events, registration
from nce.lwm2m.engine import Engine

if 1 - 1:
    from nce.lwm2m.events import Event
    from nce.lwm2m.model import Instance
    from nce.lwm2m.server import Server
    from nce.seams import Entry, Path, Sequence


class Lwm2mClient(Engine):
    """A client of all the servers that objects 0 and 1 name.

    version: the highest to offer, "1.1" or "1.0"; a server that refuses 1.1 gets 1.0.
    is_queue_mode: servers keep their requests while the device sleeps.
    bootstraps_on_connect: bootstrap at each start, each new attachment, and when a registration
        was lost, as 1NCE asks.
    preferred_format: of what is sent unasked, and of answers that may be of any.
    max_body: bytes of what a server writes in blocks that are gathered, when there is no sink.
    awake_ms: queue mode: how long a server may still ask after something passed; 93 s is what
        the specification recommends (MAX_TRANSMIT_WAIT).
    """

    def start(self, now_ms: int) -> "list[Event]":
        """Begin, or go on after `restore`. Raises `UsageError` when no server is known."""
        self._read_accounts()
        if not self.servers:
            raise UsageError(
                "no server: give an object 0 of a bootstrap server, or 0 and 1 of another"
            )
        self._is_running = True
        is_registered = any([one.location is not None for one in self.servers])
        if self.bootstraps_on_connect and not is_registered:
            if not self._begin_bootstrap(now_ms):
                self.start_servers(now_ms)
        else:
            self.start_servers(now_ms)
        return self._end_verb(now_ms)

    def stop(self, now_ms: int) -> "list[Event]":
        """Deregister from all servers. It is done when each has its DEREGISTERED event, or was
        never registered."""
        self._is_running = False
        for server in list(self.servers):
            if server.is_bootstrap and server.state == registration.BOOTSTRAPPING:
                self.end_bootstrap(server)
        for server in self.servers:
            server.rests_ms = 0
            registration.take(self, server, registration.STOP, now_ms)
        return self._end_verb(now_ms)

    def connected(self, server: "Server", max_datagram: int, now_ms: int) -> "list[Event]":
        """The port that CONNECT asked for is open."""
        if all([server is not one for one in self.servers]):
            self.tell(events.DISCONNECT, server, None)  # its account has gone meanwhile
            return self._end_verb(now_ms)
        server.open(
            self._random_bytes, self.parameters, max_datagram, self.operations.handle, self._failed
        )
        server.active_ms = now_ms
        if server.is_bootstrap:
            if self._bootstrap is not None:
                self._bootstrap.connected(now_ms)
        else:
            registration.take(self, server, registration.CONNECTED, now_ms)
        return self._end_verb(now_ms)

    def failed(
        self, server: "Server", error: "Exception", now_ms: int, is_refused: bool = False
    ) -> "list[Event]":
        """The port could not be opened (no bearer, a handshake that failed), or is lost.

        `is_refused`: the server does not know the key, or not any more. Only a bootstrap can
        help then, and is what follows where there is a bootstrap server.
        """
        self._close(server)
        self.tell(events.FAILED, server, error)
        if server.is_bootstrap:
            self._bootstrap_broken(server, now_ms)
        else:
            happened = registration.REFUSED if is_refused else registration.BROKEN
            registration.take(self, server, happened, now_ms)
        return self._end_verb(now_ms)

    def disconnected(self, server: "Server", now_ms: int) -> "list[Event]":
        """The adapter closed the port by itself, to sleep: CONNECT comes when it is needed."""
        was_busy = server.is_busy
        self._close(server)
        if server.is_bootstrap:
            self._bootstrap_broken(server, now_ms)
        elif was_busy:
            registration.take(self, server, registration.BROKEN, now_ms)
        return self._end_verb(now_ms)

    def reattached(self, now_ms: int) -> "list[Event]":
        """The device attached to the network again, its address may be another one: bootstrap,
        or else tell all servers by an update. Ports that went with the old address are told by
        `disconnected` before."""
        if not (self.bootstraps_on_connect and self._begin_bootstrap(now_ms)):
            self._update_all(now_ms)
        return self._end_verb(now_ms)

    def update(self, now_ms: int, within_ms: "int | None" = None) -> "list[Event]":
        """Update all registrations now; with `within_ms` those alone that would be due before
        that is over, such as a sleep until then: one time awake does for both."""
        self._update_all(now_ms, within_ms)
        return self._end_verb(now_ms)

    def bootstrap(self, now_ms: int) -> "list[Event]":
        """Bootstrap now. Raises `UsageError` when there is no bootstrap server."""
        if not self._begin_bootstrap(now_ms):
            raise UsageError("no bootstrap server: give its account as an instance of object 0")
        return self._end_verb(now_ms)

    def receive_datagram(self, server: "Server", datagram: bytes, now_ms: int) -> "list[Event]":
        """Take a datagram of a server."""
        endpoint = server.endpoint
        if endpoint is None:
            return []
        server.active_ms = now_ms
        for event in endpoint.receive_datagram(datagram, now_ms):
            self._take(server, event, now_ms)
        return self._end_verb(now_ms)

    def datagrams_to_send(self, server: "Server") -> "list[bytes]":
        """The datagrams to send to a server now, in order."""
        if server.endpoint is not None:
            return server.endpoint.datagrams_to_send()
        last, server.last_words = server.last_words, []
        return last

    def next_timeout(self) -> "int | None":
        """The time at which `handle_timeout` is due, or None."""
        if self._is_disturbed:
            return 0
        due_ms = None
        for server in self.servers:
            endpoint = server.endpoint
            deadlines = [server.due_ms, endpoint.next_timeout() if endpoint else None]
            if self._may_tell(server) and server.observations:
                from nce.lwm2m import observing

                deadlines.append(observing.next_ms(self, server))
            for at_ms in deadlines:
                if at_ms is not None and (due_ms is None or at_ms < due_ms):
                    due_ms = at_ms
        if self.is_queue_mode and not self._is_asleep and self._is_running:
            rest_ms = self._rest_ms()
            if rest_ms is not None and (due_ms is None or rest_ms < due_ms):
                due_ms = rest_ms
        return due_ms

    def handle_timeout(self, now_ms: int) -> "list[Event]":
        """Do what is due."""
        for server in list(self.servers):
            if server.endpoint is not None:
                for event in server.endpoint.handle_timeout(now_ms):
                    self._take(server, event, now_ms)
            if server.due_ms is not None and now_ms >= server.due_ms:
                server.due_ms = None
                if server.is_bootstrap:
                    if self._bootstrap is not None:
                        self._bootstrap.due(now_ms)
                    else:
                        self.end_bootstrap(server)
                elif self._is_running or server.state != registration.OFF:
                    registration.take(self, server, registration.DUE, now_ms)
        return self._end_verb(now_ms)

    def send(
        self,
        what: "Sequence[Path | Entry]",
        now_ms: int,
        server: "Server | None" = None,
    ) -> int:
        """Send values unasked (1.1, 6.4.5), to one server or all that take it; the handle that
        the SENT event will have. From then on `sending` has it until it is answered, as many as
        `len(sending)`; `sending.cancel(handle)` gives it up.

        what: paths, which are read now, or entries `(path, kind, value, time_s)` of earlier times;
        what has no value at the moment is left out.
        Raises `UsageError` when no server takes it: none registered as 1.1, or all muted.
        """
        if self.sending is None:
            from nce.lwm2m.sending import Sending

            self.sending = Sending(self)
        handle = self.sending.add(what, server)
        self._disturb()
        return handle

    def add(self, instance: "Instance") -> None:
        """Add an instance of an object that is there; servers learn of it by an update."""
        self.tree.add(instance)
        self.objects_changed((instance.definition.number, instance.number))
        self._disturb()

    def remove(self, number: int, instance: int) -> None:
        """Remove an instance of an object; servers learn of it by an update."""
        self.tree.remove(number, instance)
        self.objects_changed((number, instance))
        self._disturb()

    def save(self, now_ms: int) -> bytes:
        """All that has to outlive a deep sleep; it has keys in it."""
        from nce.lwm2m import kept

        return kept.save(self, now_ms)

    def restore(self, data: bytes, now_ms: int, slept_ms: "int | None") -> bool:
        """Take up what `save` gave, before `start`. `slept_ms` is the time since, None when it is
        unknown: then each registration is updated at once. False when the data is none of ours,
        and nothing was changed. What was kept wins over the values that the program gave the
        instances of a `Creatable`: do not restore after accounts changed in the program."""
        from nce.lwm2m import kept

        return kept.restore(self, data, now_ms, slept_ms)
