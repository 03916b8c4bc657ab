"""NiceGUI with the pages of the portal, in the loop that runs; one for a process.

stage = Stage()
pages = await stage.start()             # an ASGI application; the door stands before it
await stage.close()

NiceGUI keeps its application, its clients and its sockets in modules, so a second portal in the
same process would be the first one's.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from hashlib import sha256
from pathlib import Path

from fastapi import FastAPI
from nicegui import app, ui
from starlette.types import ASGIApp

from nce_sim.portal.door import ROOT
from nce_sim.portal.entrance import ICON
from nce_sim.portal.frame import TITLE
from nce_sim.portal.page_table import PAGES
from nce_sim.portal.parts.chart import ADDRESS, OUTLINES

_RESPONSE_S = 10.0
_RECONNECT_S = 30.0  # a page survives so long a silence, such as a restart of the server

_STYLE = Path(__file__).parent / "style.css"
_YEAR_S = 365 * 86_400  # the address of a style changes with it
_COLOURS = {
    "primary": "#00566b",
    "secondary": "#5b6b75",
    "accent": "#00768f",
    "negative": "#a4161a",
    "positive": "#1b6e3c",
}
# Tells the zone of who looks: `figures.Zone`.
_ZONE = f"""<script>document.cookie = "nce_zone=" + encodeURIComponent(
Intl.DateTimeFormat().resolvedOptions().timeZone) + ";path={ROOT};SameSite=Strict";</script>"""

_TAKEN = False


class Stage:
    """The pages as an application."""

    def __init__(self) -> None:
        self._running = AsyncExitStack()

    async def start(self) -> ASGIApp:
        """Register the pages and begin; RuntimeError for a second portal in this process."""
        global _TAKEN  # noqa: PLW0603 - NiceGUI is one for the process
        if _TAKEN:
            raise RuntimeError("this process has a portal; start another process for another")
        _TAKEN = True
        host = FastAPI(openapi_url=None)
        for page in PAGES:
            title = f"{page.title} · {TITLE}"
            ui.page(page.path, title=title, response_timeout=_RESPONSE_S)(page.build)
        app.add_static_file(local_file=OUTLINES, url_path=ADDRESS)
        style = app.add_static_file(
            local_file=_STYLE, url_path=f"/style-{_digest(_STYLE)}.css", max_cache_age=_YEAR_S
        )
        ui.add_head_html(f'<link rel="stylesheet" href="{ROOT}{style}">{_ZONE}', shared=True)
        app.colors(**_COLOURS)
        # Quasar's bar over the page is a progress bar without a name, and tells nothing here.
        app.config.quasar_config["loadingBar"]["skipHijack"] = True
        ui.run_with(
            host,
            title=TITLE,
            favicon=ICON,
            dark=None,
            language="en-US",
            binding_refresh_interval=None,
            reconnect_timeout=_RECONNECT_S,
            mount_path=ROOT,
            tailwind=False,
            show_welcome_message=False,
        )
        await self._running.enter_async_context(host.router.lifespan_context(host))
        return host

    async def close(self) -> None:
        """End the clients and their tasks; closing twice is harmless."""
        await self._running.aclose()


def _digest(file: Path) -> str:
    return sha256(file.read_bytes()).hexdigest()[:12]
