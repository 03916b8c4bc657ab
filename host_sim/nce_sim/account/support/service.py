"""Service requests: an organisation asks, the support answers (support-management, v1.2).

    case_id = support.create(organisation_id, NewRequest("No attach", "Since noon …"), work)
    requests, total = support.page(organisation_id, page=1, size=10)
    support.answer(case_id, "Reset the SIM.", is_solved=True, work=work)      # as 1NCE's support

Nobody answers by itself in a simulated world: `answer` is for tests and the control of the world.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select, update

from nce_sim.account.support.tables import COMMUNICATION, SERVICE_REQUEST
from nce_sim.problems import Conflict, Invalid, NotFound
from nce_sim.storage import Storage, Work

OPEN, IN_PROGRESS, CLOSED = STATUSES = ("OPEN", "IN_PROGRESS", "CLOSED")
IN, OUT = "IN", "OUT"
_INSERT, _INSERT_SAID = insert(SERVICE_REQUEST), insert(COMMUNICATION)
_UPDATE = (
    update(SERVICE_REQUEST)
    .where(SERVICE_REQUEST.c.case_id == bindparam("key"))
    .values(status=bindparam("new_status"), solved_ms=bindparam("new_solved_ms"))
)
_MOST_SUBJECT, _MOST_TEXT = 200, 10_000  # [U] characters
_SUPPORT = "1NCE Support"


@dataclass(frozen=True)
class NewRequest:
    """What is asked, and who asks."""

    subject: str
    text: str
    sender: str | None = None
    reply_to: str | None = None


@dataclass(frozen=True)
class Communication:
    """One message of a request."""

    position: int
    at_ms: int
    direction: str
    kind: str
    originator: str
    subject: str
    text: str


@dataclass(frozen=True)
class ServiceRequest:
    """A request with all that was said."""

    case_id: int
    organisation_id: int
    created_ms: int
    solved_ms: int | None
    status: str
    subject: str
    text: str
    communications: tuple[Communication, ...]


class Support:
    """The requests of all organisations."""

    def __init__(self, storage: Storage, wall_ms: Callable[[], int]) -> None:
        self._storage = storage
        self._wall_ms = wall_ms
        [(last,)] = storage.read(select(func.max(SERVICE_REQUEST.c.case_id)))
        self._case_id: int = last or 0

    def create(self, organisation_id: int, new: NewRequest, work: Work) -> int:
        """Ask the support; the number of the case."""
        if not 1 <= len(new.subject) <= _MOST_SUBJECT or not new.subject.isprintable():
            raise Invalid(f"subject is not usable; use 1 to {_MOST_SUBJECT} printable characters")
        if not 1 <= len(new.text) <= _MOST_TEXT or "\0" in new.text:
            raise Invalid(f"text is not usable; use 1 to {_MOST_TEXT} characters, and no NUL")
        for name, value in (("senderName", new.sender), ("replyToMail", new.reply_to)):
            if value is not None and (len(value) > 254 or not value.isprintable()):
                raise Invalid(f"{name} is not usable; use at most 254 printable characters")
        if new.reply_to is not None and "@" not in new.reply_to:
            raise Invalid(f"replyToMail {new.reply_to!r} is no e-mail address")
        # Numbers of work that is rolled back are not given again.
        self._case_id += 1
        now_ms = self._wall_ms()
        work.write(
            _INSERT,
            {
                "case_id": self._case_id,
                "organisation_id": organisation_id,
                "created_ms": now_ms,
                "solved_ms": None,
                "status": OPEN,
                "subject": new.subject,
                "text": new.text,
            },
        )
        originator = new.reply_to or new.sender or "Customer"
        said = Communication(1, now_ms, IN, "PORTAL", originator, new.subject, new.text)
        self._say(self._case_id, said, work)
        return self._case_id

    def page(
        self, organisation_id: int, *, page: int, size: int
    ) -> tuple[list[ServiceRequest], int]:
        """A page of the requests, the oldest first, and how many there are."""
        own = SERVICE_REQUEST.c.organisation_id == organisation_id
        count = select(func.count()).select_from(SERVICE_REQUEST).where(own)
        [(total,)] = self._storage.read(count)
        query = select(SERVICE_REQUEST).where(own).order_by(SERVICE_REQUEST.c.case_id)
        return self._requests(query.offset((page - 1) * size).limit(size)), total

    def answer(self, case_id: int, text: str, *, is_solved: bool, work: Work) -> None:
        """Answer as 1NCE's support would."""
        found = self._requests(select(SERVICE_REQUEST).where(SERVICE_REQUEST.c.case_id == case_id))
        if not found:
            raise NotFound(f"there is no case {case_id}")
        [request] = found
        if request.status == CLOSED:
            raise Conflict(f"case {case_id} is closed; it takes no answer")
        now_ms, position = self._wall_ms(), len(request.communications) + 1
        work.write(
            _UPDATE,
            {
                "key": case_id,
                "new_status": CLOSED if is_solved else IN_PROGRESS,
                "new_solved_ms": now_ms if is_solved else None,
            },
        )
        self._say(
            case_id,
            Communication(position, now_ms, OUT, "MAIL_OUT", _SUPPORT, request.subject, text),
            work,
        )

    def _say(self, case_id: int, said: Communication, work: Work) -> None:
        work.write(_INSERT_SAID, {"case_id": case_id, **asdict(said)})

    def _requests(self, query: Select[Any]) -> list[ServiceRequest]:
        rows = self._storage.read(query)
        said: dict[int, list[Communication]] = {row.case_id: [] for row in rows}
        of_these = COMMUNICATION.c.case_id.in_(list(said))
        for row in self._storage.read(
            select(COMMUNICATION).where(of_these).order_by(COMMUNICATION.c.position)
        ):
            values = row._asdict()
            said[values.pop("case_id")].append(Communication(**values))
        return [
            ServiceRequest(**row._asdict(), communications=tuple(said[row.case_id]))
            for row in rows
        ]
