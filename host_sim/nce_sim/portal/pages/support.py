"""Support: service requests with what was said, where to read, when somebody answers the phone."""

from __future__ import annotations

from functools import partial

from fastapi import Request
from nicegui import ui

from nce_api.calls import OnePage
from nce_api.models.support import NewServiceRequest, ServiceRequest
from nce_sim.control.http import AsyncControl
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.asking import Field, Values, filled_in
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.facts import facts
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.permitted import permitted
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, icon, words
from nce_sim.portal.parts.turning import turning

_PAGE = 10
_STATES = {
    "OPEN": ("Open", "warn"),
    "IN_PROGRESS": ("In progress", "warn"),
    "CLOSED": ("Solved", "good"),
}
# title, address, what is there; the last two are doors of the simulator itself
_READING = (
    ("Developer Hub", "https://help.1nce.com", "1NCE's documentation, on the internet"),
    ("API reference", "https://help.1nce.com/api/", "1NCE's APIs, on the internet"),
    ("API of this world", "/management-api/docs", "The Management API, to try out"),
    ("API of this portal", "/portal-api/docs", "What these pages ask for"),
)
_OF_THE_INTERNET = 2


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/support", "Support") as frame:
        await _Support(frame).build()


class _Support:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._visit = frame, frame.visit
        self._page = 1

    async def build(self) -> None:
        with self._frame.more:
            reason = self._visit.lacks("support.create")
            permitted("New service request", "add_comment", self._ask_support, reason)
        with box("div", "grid"):
            self._panel = Panel(
                "Service requests",
                self._load,
                self._show,
                empty="There are no service requests yet. Ask, and the answers are here.",
                width="w12",
                icon="support_agent",
            ).with_refresh()
            await self._panel.load()
            with box("section", "panel w8", aria_label="Read more"):
                with box("header"):
                    words("h2", "Read more")
                self._reading()
            with box("section", "panel w4", aria_label="Phone"):
                with box("header"):
                    words("h2", "Phone")
                _phone()

    async def _load(self) -> OnePage[ServiceRequest] | None:
        # The API gives the oldest first: the newest are on its last page.
        ask = self._visit.management.support.one_page
        found = await ask(page=1, page_size=_PAGE)
        of_the_api = -(-(found.total or 0) // _PAGE) - self._page + 1
        if of_the_api > 1:
            found = await ask(page=of_the_api, page_size=_PAGE)
        return OnePage(found.items[::-1], found.total) if found.items else None

    def _show(self, found: OnePage[ServiceRequest]) -> None:
        zone = self._frame.zone
        with plain_table("ID", "State", "Created", "Solved", "Subject", actions=True):
            for one in found.items:
                with box("tr"):
                    words("td", one.caseId or "–", "mono")
                    with box("td"):
                        text, tone = _STATES.get(str(one.status), (str(one.status), "calm"))
                        words("span", text, f"chip {tone}")
                    words("td", zone.text(one.createDate), "when")
                    words("td", zone.text(one.solvedDate), "when")
                    words("td", one.subject or "", "line", title=one.subject or "")
                    with box("td", "when"):
                        button = quiet("Read", on_click=partial(self._open, one), shape="flat")
                        button.props("dense").props["aria-label"] = f"Read case {one.caseId}"
        turning(self._page, -(-(found.total or 0) // _PAGE), self._turn)

    async def _turn(self, page: int) -> None:
        self._page = page
        await self._panel.load()

    async def _ask_support(self) -> None:
        async def save(values: Values) -> None:
            given = {name: text for name, text in values.items() if text}
            await self._visit.management.support.create(NewServiceRequest(**given))

        address = self._visit.name if "@" in self._visit.name else ""
        fields = (
            Field("subject", "Subject", most=200, is_needed=True),
            Field("text", "What is it about?", kind="area", most=10_000, is_needed=True),
            Field("replyToMail", "E-mail for the answer", address, kind="email", fills="email"),
            Field("senderName", "Your name", fills="name"),
        )
        done = "Your request is with the support."
        if await filled_in("New service request", fields, save, action="Send", done=done):
            self._page = 1
            await self._panel.load()

    async def _open(self, one: ServiceRequest) -> None:
        control, case = self._visit.control, one.caseId or ""
        with ui.dialog() as dialog, ui.card().classes("wide"):
            words("h2", f"Case {case}: {one.subject or ''}", "text-h6")
            for said in one.communications or ():
                side = "out" if said.direction == "OUT" else "in"
                with box("article", f"said {side}"):
                    at = self._frame.zone.text(said.communicationDate)
                    words("div", f"{said.originator or 'Somebody'} · {at}", "note")
                    words("div", said.text or "", "text")
            with box("div", "row justify-end q-gutter-sm full-width"):
                if control is not None and one.status != "CLOSED":
                    button = quiet("Answer as 1NCE", "theater_comedy")
                    button.on_click(lambda: dialog.submit(control))
                    with button:
                        ui.tooltip("Nobody is at the support of a simulated world but you.")
                quiet("Close", on_click=dialog.close, shape="flat")
        answers = await answer_of(dialog)
        if answers is not None:
            await self._answer(answers, case)

    async def _answer(self, control: AsyncControl, case: str) -> None:
        async def save(values: Values) -> None:
            is_open = values["then"] == "open"
            await control.verb(
                "answer-case", case=int(case), text=values["text"], stays_open=is_open
            )

        fields = (
            Field("text", "Answer", kind="area", most=10_000, is_needed=True),
            Field("then", "The case is then", options={"solved": "Solved", "open": "Open"}),
        )
        title = f"Answer case {case} as 1NCE's support"
        if await filled_in(title, fields, save, action="Answer", done="The case is answered."):
            await self._panel.load()

    def _reading(self) -> None:
        shown = _READING if self._visit.portal is not None else _READING[:_OF_THE_INTERNET]
        with box("div", "tiles"):
            for title, address, text in shown:
                with box("a", "tile", href=address, target="_blank", rel="noopener noreferrer"):
                    with box("div", "top"):
                        words("strong", title)
                        icon("open_in_new", "opens another tab")
                    words("div", text, "note")


def _phone() -> None:
    facts(
        ("English", "Monday to Friday, 24 hours"),  # [D] service description, 7.1
        ("German, Japanese", "8:00 to 18:00 of the region"),
        ("Requests", "Monday to Friday, 9:00 to 18:00 CET"),
    )
    words(
        "p",
        "1NCE shows the numbers in its own portal alone; nobody answers a call here.",
        "note q-mt-md q-mb-none",
    )
