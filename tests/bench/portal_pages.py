"""Pages of the portal beside an empty page of NiceGUI: first paint, and a live update.

Both servers are processes, one browser looks at both in turn, and the best of some rounds counts.
My SIMs has ten thousand SIMs. A live update is from the moment that a device sends until the
inspector shows it; beside it a click on the empty page until the server's answer shows.
"""

import asyncio
import subprocess
import sys
import time
from contextlib import contextmanager

SIMS = 10_000
ROUNDS = 8
# Paths and what is there when the page is.
PAGES = (
    ("My SIMs, 10,000 SIMs", "/sims", "tbody a"),
    ("Dashboard, 10,000 SIMs", "/", ".donut"),
    ("Device Inspector", "/os/inspector", "h2"),
    ("World", "/world", ".chart"),
)
_PAINTED = """() => new Promise(resolve => {
  const look = () => {
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    paint ? resolve(paint.startTime) : setTimeout(look, 5);
  };
  look();
})"""
# Resolves with the time when the text is there.
_SHOWN = """text => new Promise(resolve => {
  const look = () => document.body.innerText.includes(text) && resolve(performance.now());
  new MutationObserver(look).observe(
    document.body, {subtree: true, childList: true, characterData: true});
  look();
})"""
_CLICKED = (
    """text => {
  const start = performance.now();
  document.querySelector("button").click();
  return (%s)(text).then(end => end - start);
}"""
    % _SHOWN
)


async def serve_empty():
    """One label and a button that changes it."""
    import uvicorn
    from fastapi import FastAPI
    from nicegui import ui

    app = FastAPI()

    @ui.page("/")
    def empty():
        label = ui.label("0 times")
        ui.button(
            "Say", on_click=lambda: label.set_text(f"{int(label.text.split()[0]) + 1} times")
        )

    ui.run_with(app, show_welcome_message=False)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.05)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving


@contextmanager
def empty_page():
    # Here, since the server of the empty page has no tests on its path.
    from support.parent_death import end_with_parent

    process = subprocess.Popen(
        [sys.executable, __file__],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=end_with_parent(),  # noqa: PLW1509 it takes no lock
    )
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.terminate()
        process.wait(30)
        process.stdout.close()


def painted(page, address, there):
    """Milliseconds to the first paint, and until its content is there."""
    start = time.perf_counter()
    page.goto(address)
    page.wait_for_selector(there, state="attached")
    took = 1_000 * (time.perf_counter() - start)
    return page.evaluate(_PAINTED), took


def best_of(page, addresses):
    """For each address the best first paint and the best time until it is there."""
    best = {}
    for _ in range(ROUNDS):  # in turn
        for address, there in addresses:
            found = painted(page, address, there)
            before = best.get(address, found)
            best[address] = tuple(min(pair) for pair in zip(found, before, strict=True))
    return best


def click_ms(page, empty):
    page.goto(empty)
    page.get_by_role("button").wait_for()
    page.wait_for_function("() => window.socket?.connected === true")
    return min(page.evaluate(_CLICKED, f"{number} times") for number in range(1, ROUNDS + 1))


def live_ms(page, world):
    from support.portal_browser import settled
    from support.running_world import endpoint_twin, socket_at

    page.goto(f"{world.page}/os/inspector")
    settled(page)
    found = []
    with socket_at(world.description["sims"][0]["twin"]) as line:
        for number in range(ROUNDS):
            text = f"bench {number}"
            page.evaluate(f"text => {{ window.shown = ({_SHOWN})(text); }}", text)
            page.wait_for_timeout(1_000)  # the page rests
            start = page.evaluate("() => performance.now()")
            line.sendto(text.encode(), endpoint_twin(world.description, 4445))
            found.append(page.evaluate("() => window.shown") - start)
    return min(found)


def rows():
    from support.portal_browser import chromium, owner, portal_world, what_is_missing
    from support.portal_load import order_sims

    missing = what_is_missing()
    if missing is not None:
        return [("pages of the portal", "skipped", "", missing)]
    with empty_page() as empty, chromium() as browser, portal_world("--sims", "3") as world:
        order_sims(world, SIMS - 3)
        page = owner(browser, world)
        addresses = [(empty, "button")]
        addresses += [(world.page + path, there) for _, path, there in PAGES]
        best = best_of(page, addresses)
        click, live = click_ms(page, empty), live_ms(page, world)
    table = []
    for name, path, _ in PAGES:
        paint, there = best[world.page + path]
        note = f"{paint:.0f} of {best[empty][0]:.0f} ms; there after {there:.0f} ms"
        ratio = paint / best[empty][0]
        table.append((f"first paint: {name} / empty page", ratio, "x", note))
    note = f"{live:.0f} of {click:.0f} ms, from the device to the browser"
    table.append(("live update: a message in the inspector / a click", live / click, "x", note))
    return table


if __name__ == "__main__":
    asyncio.run(serve_empty())
