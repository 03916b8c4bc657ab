"""A bootstrap session: the client asks, a bootstrap server deletes and writes objects, and at its
finish they are judged (LwM2M 1.1, 6.1). Loaded when there is one.

Nothing is lost by a bootstrap that goes wrong: what it touches is kept as it was, and put back
when the server falls silent, breaks off, or leaves accounts that cannot be used.
"""

from nce.coap import codes, options
from nce.coap.responder import Answer
from nce.const import const
from nce.errors import NetworkError, PeerError
from nce.lwm2m import changing, events, registration, writing
from nce.lwm2m.accounts import port_of
from nce.lwm2m.model import Refused
from nce.lwm2m.tree import below, parse

if 1 - 1:
    from nce.coap.message import Message
    from nce.coap.responder import Request
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.model import Instance
    from nce.lwm2m.server import Server
    from nce.seams import Any, Path


# 1.1, 6.1.7.5: a server that says nothing for EXCHANGE_LIFETIME has given up.
_SILENCE_MS = const(247000)
_RETRY_S = const(60)
_MOST_WAIT_S = const(3600)

_LINK_FORMAT = const(40)
_TLV = const(11542)

# Here, since `codes` has them in a room that few boards load.
_PUT = const(3)
_DELETE = const(4)
_DELETED = const(0x42)

_CONNECTING = const(0)
_HOLDING = const(1)  # 6.1.7.3: the server may begin by itself until the hold-off is over
_ASKING = const(2)
_OPEN = const(3)  # it writes
_WAITING = const(4)

# How long the port stays after the finish, unless the device is registered before: the answer may
# be lost, and asked for again.
_LINGER_MS = const(30000)


class Bootstrap:
    """The session with one bootstrap server, over all its attempts."""

    def __init__(self, client: "Engine", server: "Server") -> None:
        self._client = client
        self.server = server
        self._state = _WAITING
        self._attempts = 0
        self._before: "dict[int, list[tuple[Instance, dict[int, Any]]]]" = {}

    @property
    def is_under_way(self) -> bool:
        """Whether the server may ask for something at any moment."""
        return self._state in (_CONNECTING, _HOLDING, _ASKING, _OPEN)

    @property
    def is_waiting(self) -> bool:
        """Whether nothing is under way until the next attempt."""
        return self._state == _WAITING

    def begin(self, now_ms: int) -> None:
        """Connect, as soon as the bound on requests allows it."""
        client, server = self._client, self.server
        server.state = registration.BOOTSTRAPPING
        if not client.attempts.take(now_ms):
            self._wait(now_ms, client.attempts.wait_ms(now_ms))
            return
        self._state = _CONNECTING
        server.due_ms = None
        if server.endpoint is not None:
            self.connected(now_ms)
        else:
            client.connect(server)

    def connected(self, now_ms: int) -> None:
        """The port is open: ask, after the hold-off of the account (E.1, resource 11)."""
        if self._state != _CONNECTING:
            return
        hold_off_s = self._client.tree.value(0, self.server.security, 11, 0)
        self._state = _HOLDING
        self.server.due_ms = now_ms + 1000 * max(0, hold_off_s)
        if not hold_off_s:
            self._ask(now_ms)

    def broken(self, now_ms: int) -> None:
        """There is no port, or no longer; what the trouble is has been told."""
        if self._state != _WAITING:
            self._fail(now_ms)

    def due(self, now_ms: int) -> None:
        """The timer ran out."""
        if self._state == _HOLDING:
            self._ask(now_ms)
        elif self._state == _WAITING:
            self.begin(now_ms)
        elif self._state in (_OPEN, _ASKING):
            self._fail(now_ms, NetworkError("%s did not finish" % self.server.uri))

    def _ask(self, now_ms: int) -> None:
        client, server = self._client, self.server
        if not client.attempts.take(now_ms):
            self._state = _HOLDING
            server.due_ms = now_ms + client.attempts.wait_ms(now_ms)
            return
        self._state = _ASKING
        server.due_ms = None
        query = ["ep=" + client.endpoint_name]
        # A server that is told nothing writes TLV (so do Leshan and Wakaama).
        if server.version != "1.0" and client.preferred_format != _TLV:
            query.append("pct=%d" % client.preferred_format)
        its_options = ((options.URI_PATH, b"bs"),) + options.query_options(query)
        server.ask(codes.POST, its_options, b"", now_ms)

    def answered(self, response: "Message | int", now_ms: int) -> None:
        """What the server says to the request."""
        server = self.server
        if self._state not in (_ASKING, _OPEN):
            return
        if isinstance(response, int):
            if self._state == _ASKING:  # once it writes, it has heard
                self._fail(now_ms, NetworkError("%s does not answer" % server.uri))
        elif codes.is_success(response.code):
            self._open(now_ms)
        elif server.version != "1.0" and response.code in (
            codes.BAD_REQUEST,
            codes.BAD_OPTION,
            codes.PRECONDITION_FAILED,
        ):
            # `pct` is of 1.1. The account's version counts for bootstrap alone.
            server.version = "1.0"
            self._ask(now_ms)
        else:
            error = PeerError("%s answers %s" % (server.uri, codes.dotted(response.code)))
            self._fail(now_ms, error)

    def _open(self, now_ms: int) -> None:
        self._state = _OPEN
        self.server.due_ms = now_ms + _SILENCE_MS

    def handle(self, request: "Request", path: "list[bytes]", now_ms: int) -> "Answer":
        """Serve a request of the bootstrap server."""
        if self._state not in (_HOLDING, _ASKING, _OPEN):
            raise Refused(codes.METHOD_NOT_ALLOWED)
        self._open(now_ms)
        if path == [b"bs"]:
            if request.code != codes.POST:
                raise Refused(codes.METHOD_NOT_ALLOWED)
            return self._finish(now_ms)
        at = parse(path)
        if request.code == _DELETE:
            self._delete(at)
            return Answer(_DELETED, (), b"")
        if request.code == _PUT:
            self._write(request, at)
            return Answer(codes.CHANGED, (), b"")
        if request.code == codes.GET:
            return self._look(request, at)
        raise Refused(codes.METHOD_NOT_ALLOWED)

    def _look(self, request: "Request", path: "Path") -> "Answer":
        client = self._client
        accept = request.option(17)  # Accept
        if accept is not None and options.uint_of(accept) == _LINK_FORMAT:
            from nce.lwm2m import discover

            if len(path) > 1:
                raise Refused(codes.METHOD_NOT_ALLOWED)
            return discover.of_bootstrap(client, path, self.server.version)
        # 1.1, 6.1.7.4: of the accounts' other half alone, never of the keys.
        if not 1 <= len(path) <= 2 or path[0] not in (1, 2):
            raise Refused(codes.METHOD_NOT_ALLOWED)
        return client.operations.content(
            path, client.tree.collect(path, reads_all=True), request, self.server
        )

    def _write(self, request: "Request", path: "Path") -> None:
        client = self._client
        if not path:
            raise Refused(codes.METHOD_NOT_ALLOWED)
        object_id = path[0]
        if object_id not in client.tree.objects:
            raise Refused(codes.NOT_FOUND)
        values = changing.values_in(client, request, path)
        instances = [path[:2]] if len(path) > 1 else []
        for at, _value, _time in values:
            if len(at) < 2 or not below(at, path):
                raise Refused(codes.BAD_REQUEST)
            if at[:2] not in instances:
                instances.append(at[:2])
        self._keep(object_id)
        known = client.tree.objects[object_id]
        for at in instances:
            if at[1] not in known.instances:
                if known.creatable is None:
                    raise Refused(codes.NOT_FOUND)
                writing.make(client.tree, at[0], at[1])
            elif len(path) < 3 and known.creatable is not None:
                known.instances[at[1]].values = {}  # 6.1.7.2: as if it were new
        client.tree.write(path, values, True, True)

    def _delete(self, path: "Path") -> None:
        tree = self._client.tree
        if len(path) > 2:
            raise Refused(codes.METHOD_NOT_ALLOWED)
        if path and path[0] not in tree.objects:
            raise Refused(codes.NOT_FOUND)
        if len(path) == 2:
            tree.instance(path)
        for number in (path[0],) if path else sorted(tree.objects):
            # Instances of the program's own stay: nobody could make them again. So does the
            # account of the server that is asking (6.1.7.6).
            if not self._is_data(number):
                if len(path) == 2:
                    raise Refused(codes.METHOD_NOT_ALLOWED)
                continue
            self._keep(number)
            for instance in tree.instances(number):
                is_its_own = number == 0 and bool(instance.values.get(1, False))
                if len(path) == 2 and instance.number != path[1]:
                    continue
                if not is_its_own:
                    tree.remove(number, instance.number)
                elif len(path) == 2:
                    raise Refused(codes.BAD_REQUEST)

    def _is_data(self, number: int) -> bool:
        return self._client.tree.objects[number].creatable is not None

    def _keep(self, number: int) -> None:
        if number not in self._before:
            self._before[number] = [
                (instance, dict(instance.values))
                for instance in self._client.tree.instances(number)
            ]

    def _finish(self, now_ms: int) -> "Answer":
        client, server = self._client, self.server
        problem = self._problem()
        if problem:
            # 1.1, 6.1.7.7: told with 4.06; the earlier data is valid again.
            error = PeerError("what %s wrote is of no use: %s" % (server.uri, problem))
            client.after_answer = lambda at_ms: self._fail(at_ms, error)
            return Answer(codes.NOT_ACCEPTABLE, (), problem.encode())
        self._before = {}
        self._attempts = 0
        client.after_answer = self._finished
        return Answer(codes.CHANGED, (), b"")

    def _finished(self, now_ms: int) -> None:
        self._client.bootstrap_finished(self.server, now_ms + _LINGER_MS)
        self._client.start_servers(now_ms, True)

    def _problem(self) -> str:
        tree = self._client.tree
        short_ids = []
        for security in tree.instances(0):
            values = security.values
            try:
                port_of(values.get(0, ""))
            except ValueError as error:
                return str(error)
            if values.get(1, False):
                continue
            short_id = values.get(10, 0)
            if not 0 < short_id < 65535 or short_id in short_ids:
                return "/0/%d/10 is %d" % (security.number, short_id)
            if values.get(2, 3) == 0 and not (values.get(3) and values.get(5)):
                return "/0/%d has no key" % security.number
            short_ids.append(short_id)
        if not short_ids:
            return "no server in /0"
        for account in tree.instances(1):
            if account.values.get(0) in short_ids:
                if account.values.get(1, -1) < 0:
                    return "/1/%d has no lifetime" % account.number
                short_ids.remove(account.values[0])
        return "no /1 for server %d" % short_ids[0] if short_ids else ""

    def _fail(self, now_ms: int, error: "Exception | None" = None) -> None:
        client, server = self._client, self.server
        tree = client.tree
        for number in self._before:
            for instance in tree.instances(number):
                tree.remove(number, instance.number)
            for instance, values in self._before[number]:
                instance.values = values
                tree.add(instance)
        self._before = {}
        if error is not None:
            client.tell(events.FAILED, server, error)
        client.disconnect(server)
        self._attempts += 1
        wait_s = min(_RETRY_S << min(self._attempts - 1, 8), _MOST_WAIT_S)
        self._wait(now_ms, 1000 * wait_s + client.random_below(250 * wait_s))
        # What was there before may serve meanwhile.
        client.start_servers(now_ms)

    def _wait(self, now_ms: int, wait_ms: int) -> None:
        self._state = _WAITING
        self.server.due_ms = now_ms + wait_ms
