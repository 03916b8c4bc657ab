"""A double click does a thing once, whatever button it meets."""

import asyncio
import re
from pathlib import Path

import nce_sim
from nce_sim.portal.parts.once import once

PORTAL = Path(nce_sim.__file__).parent / "portal"


def test_what_runs_is_not_begun_again_and_can_be_done_again_afterwards():
    begun, open_now = [], asyncio.Event()

    async def send():
        begun.append(len(begun))
        await open_now.wait()
        if len(begun) == 2:
            raise LookupError

    async def click(act):
        result = act()
        if result is not None:
            await result

    async def main():
        act = once(send)
        first = asyncio.ensure_future(click(act))
        await asyncio.gather(click(act), click(act))  # before and after it got its turn
        assert begun == [0]
        open_now.set()
        await first
        for _ in range(2):  # what failed can be tried again
            await asyncio.gather(click(act), return_exceptions=True)
        assert begun == [0, 1, 2]

    asyncio.run(asyncio.wait_for(main(), 5))


def test_what_is_done_at_once_gives_its_result():
    act = once(lambda: 7)
    assert (act(), act()) == (7, 7)

    class Dialog:
        def __await__(self):
            raise AssertionError("it is opened again")

    dialog = Dialog()
    act = once(lambda: dialog)  # as the `close` of NiceGUI's
    assert (act(), act()) == (dialog, dialog)


def test_every_button_of_the_portal_is_guarded():
    loose = [
        f"{path.relative_to(PORTAL)}: {line.strip()}"
        for path in PORTAL.rglob("*.py")
        if path.name != "buttons.py"
        for line in path.read_text().splitlines()
        if re.search(r"ui\.button\(.*on_click", line)
    ]
    assert loose == []
