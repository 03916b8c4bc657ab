"""What servers observe, and when each learns of a change (LwM2M 1.1, 6.4 and 7.3; RFC 7641).

A notification is due when something observed changed, and its attributes let it: not before pmin
is over since the last one; of a number, only when it crossed gt or lt, or moved by st; at pmax in
any case. One at a time is under way to a server; what changes meanwhile follows with the newest
values. A program says when a value changes (`Instance.changed`); with epmax the engine looks by
itself that often, and with epmin no more often than that.

A notification is confirmable, unless `con=0` was written to what is observed; then one a day still
is (RFC 7641, 4.5), so that an observation that nobody remembers ends.

An observation ends by its cancellation, by a Reset to a notification, and when what is observed is
gone. Silence does not end it: the registration has its own recovery, and the newest values follow.
"""

from nce.coap import codes, options
from nce.coap.exchange import ACKNOWLEDGED, RESET, TIMED_OUT
from nce.coap.message import CON, NON, Message
from nce.coap.responder import Answer, Request
from nce.const import const
from nce.lwm2m import events
from nce.lwm2m.attributes import CONFIRMS, EPMAX, EPMIN, GT, LT, PMAX, PMIN, ST, effective
from nce.lwm2m.model import Refused

if 1 - 1:
    from nce.coap.exchange import Event
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server
    from nce.seams import Any, Entry, Path, Sequence


# Observations of one server.
_MOST = const(16)
# Values of LwM2M kinds that are numbers: INTEGER, UNSIGNED, FLOAT, TIME.
_NUMBERS = (2, 3, 4, 7)
_A_DAY_MS = const(86_400_000)


class Observation:
    """What one server observes under one token: a path, or several (composite)."""

    is_changed = False  # something changed that was not looked at yet
    is_pending = False  # there is something to tell
    looked_ms = 0  # when the values were last looked at
    confirmed_ms: "int | None" = None  # when the server was last known to want it

    def __init__(
        self,
        token: bytes,
        paths: "tuple[Path, ...]",
        is_composite: bool,
        content_format: int,
        now_ms: int,
    ) -> None:
        self.token = token
        self.paths = paths
        self.is_composite = is_composite
        self.content_format = content_format
        self.sent_ms = now_ms
        # Of each path that is a number: the value last told, and the one last looked at.
        self.told: "list[Any]" = [None] * len(paths)
        self.seen: "list[Any]" = [None] * len(paths)
        self.limits: "list[list[Any]]" = []  # the attributes of each path, when they are known


def register(
    client: "Engine",
    request: "Request",
    paths: "tuple[Path, ...]",
    is_composite: bool,
    entries: "list[Entry]",
    answer: "Answer",
    now_ms: int,
) -> "Answer":
    """Begin or end an observation as a request asks; its answer, numbered when it began."""
    server: "Server" = request.peer
    asked = options.uint_of(request.option(options.OBSERVE) or b"")
    if asked > 1 or not codes.is_success(answer.code):
        return answer
    for known in server.observations:
        if known.token == request.token:
            _end(client, server, known)
            break
    # A full list: served, without notifications (RFC 7641, 4.1).
    if asked == 1 or len(server.observations) >= _MOST:
        return answer
    content_format = options.uint_of(
        options.first_of(answer.options, options.CONTENT_FORMAT) or b""
    )
    observation = Observation(request.token, paths, is_composite, content_format, now_ms)
    _remember(observation, entries)
    observation.looked_ms = observation.confirmed_ms = now_ms
    server.observations.append(observation)
    client.tell(events.OBSERVED, server, paths)
    return _numbered(server, answer)


def changed(server: "Server", path: "Path") -> bool:
    """Mark what observes a path; whether anything does."""
    is_observed = False
    for observation in server.observations:
        for observed in observation.paths:
            size = min(len(observed), len(path))
            if observed[:size] == path[:size]:
                observation.is_changed = is_observed = True
    return is_observed


def forget_limits(server: "Server") -> None:
    """Attributes were written: look at them again."""
    for observation in server.observations:
        observation.limits = []


def next_ms(client: "Engine", server: "Server") -> "int | None":
    """When something is to be looked at or told, None when not before a change."""
    if server.in_flight is not None:
        return None
    due_ms = None
    for observation in server.observations:
        at_ms = _due_ms(client, server, observation)
        if at_ms is not None and (due_ms is None or at_ms < due_ms):
            due_ms = at_ms
    return due_ms


def pump(client: "Engine", server: "Server", now_ms: int) -> None:
    """Look at what is due, and tell what is to be told: one, until that is acknowledged."""
    for observation in list(server.observations):
        if server.in_flight is not None:
            return
        due_ms = _due_ms(client, server, observation)
        if due_ms is None or now_ms < due_ms:
            continue
        try:
            if not _is_to_be_told(client, server, observation, now_ms):
                continue
            if server.endpoint is None:
                client.connect(server)
                return
            _tell(client, server, observation, now_ms)
        except Exception as error:  # noqa: BLE001 - a program's callable may fail in any way
            # It may work the next time: the server is not told that there is nothing any more.
            observation.is_pending = observation.is_changed = False
            observation.sent_ms = observation.looked_ms = now_ms
            client.tell(events.HANDLER_FAILED, server, (observation.paths[0], error))


def take_event(client: "Engine", server: "Server", event: "Event", now_ms: int) -> bool:
    """Learn what became of a notification; True when the server does not answer any more."""
    observation: "Observation" = event.token
    if server.in_flight is observation:
        server.in_flight = None
        if event.outcome == ACKNOWLEDGED:
            observation.confirmed_ms = now_ms
    if observation not in server.observations:
        return False
    if event.outcome == RESET:
        _end(client, server, observation)  # RFC 7641, 3.6: it is not interested
    elif event.outcome == TIMED_OUT:
        observation.is_pending = True
        observation.sent_ms = min(observation.sent_ms, now_ms)
        return True
    else:
        # To the end of those that wait: none starves behind one that changes all the time.
        server.observations.remove(observation)
        server.observations.append(observation)
    return False


def _end(client: "Engine", server: "Server", observation: "Observation") -> None:
    server.observations.remove(observation)
    client.tell(events.CANCELLED, server, observation.paths)


def _limits(client: "Engine", server: "Server", observation: "Observation") -> "list[list[Any]]":
    if not observation.limits:
        observation.limits = [effective(client.tree, server, path) for path in observation.paths]
    return observation.limits


def _most(limits: "list[list[Any]]", index: int) -> "int | None":
    known = [one[index] for one in limits if one[index] is not None]
    return max(known) if known else None


def _least(limits: "list[list[Any]]", index: int) -> "int | None":
    known = [one[index] for one in limits if one[index]]
    return min(known) if known else None


def _due_ms(client: "Engine", server: "Server", observation: "Observation") -> "int | None":
    limits = _limits(client, server, observation)
    pmin = _most(limits, PMIN) or 0
    pmax = _least(limits, PMAX)
    at_ms = None
    if observation.is_pending:
        return observation.sent_ms + 1000 * pmin
    if observation.is_changed:
        at_ms = observation.looked_ms + 1000 * (_most(limits, EPMIN) or 0)
        if not _has_conditions(limits):
            # Nothing can be learned of the value before it may be told.
            at_ms = max(at_ms, observation.sent_ms + 1000 * pmin)
    epmax = _least(limits, EPMAX)
    if epmax is not None:
        look_ms = observation.looked_ms + 1000 * max(epmax, _most(limits, EPMIN) or 0)
        at_ms = look_ms if at_ms is None else min(at_ms, look_ms)
    if pmax is not None and pmax > pmin:  # 7.3.1: else it is ignored
        full_ms = observation.sent_ms + 1000 * pmax
        at_ms = full_ms if at_ms is None else min(at_ms, full_ms)
    return at_ms


def _has_conditions(limits: "list[list[Any]]") -> bool:
    return any([one[index] is not None for one in limits for index in (GT, LT, ST)])


def _is_to_be_told(
    client: "Engine", server: "Server", observation: "Observation", now_ms: int
) -> bool:
    limits = _limits(client, server, observation)
    pmin = _most(limits, PMIN) or 0
    pmax = _least(limits, PMAX)
    if pmax is not None and pmax > pmin and now_ms >= observation.sent_ms + 1000 * pmax:
        observation.is_pending = True
    if not observation.is_pending:
        was_told = observation.is_changed
        observation.is_changed = False
        observation.looked_ms = now_ms
        for index in range(len(observation.paths)):
            if _meets(client, observation, index, limits[index], was_told):
                observation.is_pending = True
    return observation.is_pending and now_ms >= observation.sent_ms + 1000 * pmin


def _meets(
    client: "Engine",
    observation: "Observation",
    index: int,
    limits: "list[Any]",
    was_told: bool,
) -> bool:
    path = observation.paths[index]
    value = _number_at(client, path)
    if value is None:
        return was_told
    told, seen = observation.told[index], observation.seen[index]
    observation.seen[index] = value
    if told is None or seen is None:
        return True
    if limits[GT] is None and limits[LT] is None and limits[ST] is None:
        return bool(value != told)
    for border in (limits[GT], limits[LT]):
        if border is not None and (seen > border) != (value > border):
            return True
    return limits[ST] is not None and abs(value - told) >= limits[ST]


def _number_at(client: "Engine", path: "Path") -> "int | float | None":
    if len(path) < 3 or client.tree.kind_of(path) not in _NUMBERS:
        return None
    try:
        entries = client.tree.collect(path)
    except Refused:
        return None
    if len(entries) != 1:
        return None
    value: "int | float" = entries[0][2]
    return value


def _remember(observation: "Observation", entries: "Sequence[Entry]") -> None:
    for index, path in enumerate(observation.paths):
        for at, kind, value, _time in entries:
            if at == path and kind in _NUMBERS:
                observation.told[index] = observation.seen[index] = value


def _tell(client: "Engine", server: "Server", observation: "Observation", now_ms: int) -> None:
    endpoint: "Any" = server.endpoint
    message = Message(CON, codes.GET, 0, observation.token, (), b"")
    request = Request(message, (), endpoint.responder)
    try:
        entries = client.operations.entries_of(observation.paths, observation.is_composite, server)
        answer = client.operations.answer_of(
            () if observation.is_composite else observation.paths[0],
            entries,
            observation.content_format,
        )
        _remember(observation, entries)
        answer = client.operations.cut(request, _numbered(server, answer), now_ms)
    except Refused as refused:
        path = observation.paths[0]
        if refused.code == codes.NOT_FOUND and len(path) == 3 and client.tree.holds(path):
            # It has no value at the moment: nothing is told, and it is observed still.
            observation.sent_ms = observation.looked_ms = now_ms
            observation.is_pending = observation.is_changed = False
            return
        answer = Answer(refused.code, (), b"")  # RFC 7641, 4.2: an error ends it
        _end(client, server, observation)
    kind = _kind(client, server, observation, now_ms)
    endpoint.send(
        kind, answer.code, observation.token, answer.options, answer.payload, now_ms, observation
    )
    if kind == CON:
        server.in_flight = observation
    server.active_ms = observation.sent_ms = observation.looked_ms = now_ms
    observation.is_pending = observation.is_changed = False


def _kind(client: "Engine", server: "Server", observation: "Observation", now_ms: int) -> int:
    at_ms = observation.confirmed_ms
    if at_ms is None or now_ms - at_ms >= _A_DAY_MS or observation not in server.observations:
        return CON
    limits = _limits(client, server, observation)
    return NON if all([one[CONFIRMS] == 0 for one in limits]) else CON


def _numbered(server: "Server", answer: "Answer") -> "Answer":
    server.sequence = server.sequence + 1 & 0xFFFFFF
    value = options.uint_value(server.sequence)
    return Answer(answer.code, tuple(answer.options) + ((options.OBSERVE, value),), answer.payload)
