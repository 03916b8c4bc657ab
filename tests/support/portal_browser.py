"""A browser in front of the portal of a running world, as its user has it.

    with portal_world("--sims", "3") as world, chromium() as browser:
        page = owner(browser, world, at="/sims")
        page.get_by_role("button", name="Columns").click()
        assert faults_of_looks(page, "sims") == set()

A user signs in once, by the form, and keeps the browser's profile with its cookies. A story
leaves pages open; `leave_pages` ends them. What costs most is to load a page: `at` names the one
that is wanted, and the dashboard is not loaded before it. Files that are played after each other
share a world of the same options: `Worlds`. Screenshots go to build/screenshots. Without Chromium,
Playwright or axe-core the stories skip: `make browser`.
"""

from __future__ import annotations

import contextlib
import importlib.util
import json
import select
import shutil
import signal
import subprocess
import threading
from pathlib import Path

import httpx
import pytest

from nce_sim.control.http import Control
from support.parent_death import end_with_parent
from support.running_world import NCE, TIMEOUT_S, environment, private_folder

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "build" / "screenshots"
_AXE = Path("build/axe/node_modules/axe-core/axe.min.js")
_START_S = 300
_PATIENCE_MS = 120_000  # other tests run beside a story; nothing that is right waits for it
_LOOK_MS = 5_000  # at a page of a story that has failed
_LEFT = "about:blank"
# Chromium without windows: half the work of the one that merely hides them.
_PROGRAM = "chromium-headless-shell"
# A page lives for a second here: what the engine compiles for later is never used.
_WITHOUT_OPTIMISING = "--js-flags=--no-opt --no-maglev"
NARROW = 360
_WHERE_IT_STANDS = "document.querySelector('main')?.getBoundingClientRect().x ?? null"
PASSWORD = "a long password"


def what_is_missing():
    """Why no story can be played here; None when everything is there."""
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not there; `make browser` installs it"
    if shutil.which(_PROGRAM) is None:
        return f"there is no {_PROGRAM}; `make browser` installs it"
    if not (ROOT / _AXE).exists():
        return f"{_AXE} is not there; `make browser` installs it"
    return None


class PortalWorld:
    """A world as a process, with its portal and its control."""

    def __init__(self, process, description):
        self.process, self.description = process, description
        self.page = description["portal"]["page"]
        self.link = description["portal"]["link"]
        control = description["control"]
        self.control = Control(control["url"], control["token"])

    def user(self, role, name=None):
        """The e-mail address of a user with that role; one with a name is a story's own."""
        api = self.description["portal"]
        owner = {"email": api["email"], "password": api["password"]}
        with httpx.Client(base_url=api["url"]) as client:
            token = client.post("/session", json=owner).json()["access_token"]
            email = f"{name or role.replace(' ', '').lower()}@example.com"
            body = {"email": email, "first_name": "Ada", "last_name": "L", "role": role}
            answer = client.post(
                "/users",
                json={**body, "password": PASSWORD},
                headers={"Authorization": f"Bearer {token}"},
            )
            assert answer.status_code in (201, 409), answer.text  # 409: there is one already
        return email

    @contextlib.contextmanager
    def customer(self):
        """The Management API, as the customer's own program calls it."""
        api = self.description["api"]
        with httpx.Client(base_url=api["url"], timeout=TIMEOUT_S) as client:
            pair = (api["client_id"], api["client_secret"])
            grant = {"grant_type": "client_credentials"}
            token = client.post("/oauth/token", auth=pair, json=grant).json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            yield client


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
            preexec_fn=end_with_parent(),  # noqa: PLW1509 it takes no lock
            process_group=0,  # a terminal's Ctrl-C is for us: what it ends here, ends below
        )
        listener = threading.Thread(target=said.extend, args=(process.stderr,), daemon=True)
        reader = threading.Thread(target=_drain, args=(process.stdout,), daemon=True)
        listener.start()
        try:
            is_up, _, _ = select.select([process.stdout], (), (), _START_S)
            line = process.stdout.readline() if is_up else ""
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


class Worlds:
    """One world at a time for the files that a browser plays after each other.

    A file whose options are those of the file before has its world, too, with what was done there.
    """

    def __init__(self, browser):
        self._browser, self._options, self._world = browser, None, None
        self._closing = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *raised):
        for profile in list(self._browser.profiles.values()):
            profile.close()
        self._closing.close()

    def of(self, *options):
        """The world with these options of `nce sim up`."""
        if options != self._options:
            self.__exit__()
            self._options, self._world = None, None
            self._world = self._closing.enter_context(portal_world(*options))
            self._options = options
        return self._world


@contextlib.contextmanager
def chromium():
    """Debian's Chromium, without a window."""
    missing = what_is_missing()
    if missing is not None:
        pytest.skip(missing)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which(_PROGRAM),
            args=["--no-sandbox", "--disable-dev-shm-usage", _WITHOUT_OPTIMISING],
        )
        browser.profiles = {}  # of users who are signed in: `signed_in`
        try:
            yield browser
        finally:
            browser.close()


class Trouble(list):
    """What a page complained of; nothing is right."""


def new_page(browser, *, width=1280, height=900, dark=False):
    """A page in a profile of its own: without cookies, in Berlin's zone."""
    return _profile(browser, width, height, dark).new_page()


def signed_in(
    browser, world, email, password=PASSWORD, *, at="/", width=1280, height=900, dark=False
):
    """A page of a user, who signs in by password unless they are signed in.

    `at` is its path; with None nothing is loaded for somebody who is signed in.
    """
    key = (world.page, email, password, width, height, dark)
    profile = browser.profiles.get(key)
    is_new = profile is None
    if is_new:
        profile = browser.profiles[key] = _profile(browser, width, height, dark)
        profile.on("close", lambda _: browser.profiles.pop(key, None))
    page = next((one for one in profile.pages if one.url == _LEFT), None) or profile.new_page()
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme="dark" if dark else "light")
    if at is None and not is_new:
        return page
    page.goto(world.page + (at or "/"))
    if "/sign-in" in page.url:
        page.get_by_label("E-mail address").fill(email)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda address: "/sign-in" not in address)
    page.get_by_role("heading", level=1).wait_for()
    settled(page)
    return page


def owner(browser, world, **more):
    """A page of the owner."""
    portal = world.description["portal"]
    return signed_in(browser, world, portal["email"], portal["password"], **more)


def leave_pages(browser):
    """End what a story left open; who is signed in stays so, with an empty page for the next."""
    kept = list(browser.profiles.values())
    for context in browser.contexts:
        if context not in kept:
            context.close()
            continue
        for number, page in enumerate(context.pages):
            if number:
                page.close()
            else:
                page.goto(_LEFT)
                page.trouble.clear()


def what_pages_show(browser):
    """Of each open page its address, and its text with what it complained of."""
    from playwright.sync_api import Error

    shown = []
    for page in (page for context in browser.contexts for page in context.pages):
        try:
            text = page.inner_text("body", timeout=_LOOK_MS)
        except Error as error:
            text = str(error)
        shown.append((f"shown at {page.url}", f"{text}\ntrouble: {page.trouble}"))
    return shown


def _profile(browser, width, height, dark):
    profile = browser.new_context(
        viewport={"width": width, "height": height},
        timezone_id="Europe/Berlin",
        locale="en-GB",
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
    )
    profile.set_default_timeout(_PATIENCE_MS)
    profile.on("page", _listen_to)
    return profile


def _listen_to(page):
    trouble = Trouble()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
    page.on(
        "response",
        lambda answer: trouble.append(answer.url) if answer.status >= 500 else None,
    )
    page.trouble = trouble


def settled(page):
    """Wait until nothing loads any more."""
    page.wait_for_function("() => window.socket?.connected === true")
    page.wait_for_function("() => !document.querySelector('.load, .q-inner-loading')")


def shot(page, name, *, is_whole=False):
    """A picture for people to look at: what a window shows of the page, or the whole of it."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=is_whole, animations="disabled")


def findings(page, *rules):
    """What axe-core calls serious: rule and elements. With `rules` those alone are judged."""
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate((ROOT / _AXE).read_text())
    # The styles of a page are not fetched for the one rule that asks, which is about sound.
    options = {"resultTypes": ["violations"], "preload": False}
    if rules:
        options["runOnly"] = list(rules)
    found = page.evaluate("options => axe.run(document, options)", options)
    return {
        f"{each['id']}: {node['html'][:160]}"
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    }


def faults_of_looks(page, name):
    """What is wrong with the looks of a page, in the light, in the dark and at 360 px.

    The page is the same for all three, as for somebody whose system turns dark. axe-core judges
    all of it once, and again what colours change. Pictures: of the whole page, and of what is
    wrong in the dark or narrow.
    """
    settled(page)
    wide, stood = page.viewport_size, page.evaluate(_WHERE_IT_STANDS)
    shot(page, name, is_whole=True)
    faults = findings(page) | _too_wide(page, wide["width"])
    page.emulate_media(color_scheme="dark")
    dark = {f"dark: {each}" for each in findings(page, "color-contrast")}
    if dark:
        shot(page, f"{name}-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": NARROW, "height": wide["height"]})
    narrow = _too_wide(page, NARROW)
    if narrow:
        shot(page, f"{name}-narrow")
    page.set_viewport_size(wide)
    # The navigation takes a moment to unfold: a press before it and its release after it hit
    # different places, and are no click.
    page.wait_for_function(f"stood => {_WHERE_IT_STANDS} === stood", arg=stood)
    return faults | dark | narrow


def _too_wide(page, width):
    """Whether one scrolls sideways; the navigation takes a moment to fold."""
    from playwright.sync_api import TimeoutError as Impatient

    fits = "width => innerWidth === width && document.documentElement.scrollWidth <= width"
    try:
        page.wait_for_function(fits, arg=width)
    except Impatient:
        found = page.evaluate("document.documentElement.scrollWidth")
        return {f"{found} px in a window of {width}"}
    return set()
