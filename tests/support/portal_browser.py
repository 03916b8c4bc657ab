"""A browser in front of the portal of a running world, as its user has it.

    with portal_world("--sims", "3") as world, chromium() as browser:
        page = entered(browser, world)              # by the owner's link
        page.get_by_role("link", name="My SIMs").click()

Screenshots go to build/screenshots. Without Chromium or Playwright the tests skip: `make browser`.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import httpx
import pytest

from nce_sim.control.http import Control
from support.running_world import NCE, TIMEOUT_S, environment, private_folder

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "build" / "screenshots"
_AXE = Path("build/axe/node_modules/axe-core/axe.min.js")
_PATIENCE_MS = 15_000
PASSWORD = "a long password"


class PortalWorld:
    """A world as a process, with its portal and its control."""

    def __init__(self, process, description):
        self.process, self.description = process, description
        self.page = description["portal"]["page"]
        self.link = description["portal"]["link"]
        control = description["control"]
        self.control = Control(control["url"], control["token"])

    def user(self, role):
        """The e-mail address of a new user with that role."""
        api = self.description["portal"]
        owner = {"email": api["email"], "password": api["password"]}
        with httpx.Client(base_url=api["url"]) as client:
            token = client.post("/session", json=owner).json()["access_token"]
            email = f"{role.replace(' ', '').lower()}@example.com"
            body = {"email": email, "first_name": "Ada", "last_name": "L", "role": role}
            answer = client.post(
                "/users",
                json={**body, "password": PASSWORD},
                headers={"Authorization": f"Bearer {token}"},
            )
            assert answer.status_code in (201, 409), answer.text  # 409: there is one already
        return email


@contextlib.contextmanager
def portal_world(*options):
    """`nce sim up`; what it says of failures fails the test."""
    said = []
    with private_folder() as folder:
        process = subprocess.Popen(
            [*NCE, "sim", "up", "--json", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(folder),
        )
        listener = threading.Thread(target=said.extend, args=(process.stderr,), daemon=True)
        reader = threading.Thread(target=_drain, args=(process.stdout,), daemon=True)
        listener.start()
        try:
            line = process.stdout.readline()
            assert line, said
            reader.start()
            world = PortalWorld(process, json.loads(line))
            with world.control:
                yield world
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            for thread in (listener, reader):
                if thread.ident is not None:
                    thread.join(TIMEOUT_S)
            process.stdout.close()
            process.stderr.close()
    assert not [line for line in said if "Traceback" in line], "".join(said)


def _drain(stream):
    for _ in stream:
        pass


@contextlib.contextmanager
def chromium():
    """Debian's Chromium, without a window."""
    playwright = pytest.importorskip("playwright.sync_api", reason="`make browser` installs it")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("there is no Chromium; `make browser` installs it")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            browser.close()


class Trouble(list):
    """What a page complained of; nothing is right."""


def new_page(browser, *, width=1280, height=900, dark=False):
    """A page in a browser of its own: without cookies, in Berlin's zone."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        timezone_id="Europe/Berlin",
        locale="en-GB",
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    context.set_default_timeout(_PATIENCE_MS)
    page = context.new_page()
    trouble = Trouble()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
    page.on(
        "response",
        lambda answer: trouble.append(answer.url) if answer.status >= 500 else None,
    )
    page.trouble = trouble
    return page


def signed_in(browser, world, email, password=PASSWORD, **more):
    """A page of a user who signed in by password."""
    page = new_page(browser, **more)
    page.goto(f"{world.page}/sign-in")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
    return page


def owner(browser, world, **more):
    """A page of the owner."""
    portal = world.description["portal"]
    return signed_in(browser, world, portal["email"], portal["password"], **more)


def settled(page):
    """Wait until nothing loads any more."""
    page.wait_for_function("() => window.socket?.connected === true")
    page.wait_for_function("() => !document.querySelector('.load, .q-inner-loading')")


def shot(page, name):
    """A picture for people to look at."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True, animations="disabled")


def findings(page):
    """What axe-core calls serious: rule and elements."""
    path = ROOT / _AXE
    if not path.exists():
        pytest.skip(f"{_AXE} is not there; `make browser` installs it")
    page.evaluate(path.read_text())
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    return {
        f"{each['id']}: {node['html'][:160]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    }
