"""How much the tests of this folder hold of the pages."""

from collections import Counter

from truth.commands import calls_of
from truth.pages import markdown_files, page_of


def way_of(call):
    """Where a command of a page is run; who does not run it gives a reason in `NOT_HERE`."""
    if call.not_here is None:
        return "here"
    is_tested = call.not_here.instead or "test_" in call.not_here.reason
    return "there" if is_tested else "nowhere"


def test_what_is_on_the_pages_is_counted(figure):
    pages = [page_of(path) for path in markdown_files()]
    languages = Counter(block.language or "plain" for page in pages for block in page.blocks)
    calls = [call for page in pages for call in calls_of(page)]
    ways = Counter(map(way_of, calls))
    ticks = sum(len(page.ticks) for page in pages)
    blocks = ", ".join(f"{count} {name}" for name, count in sorted(languages.items()))
    figure(
        f"pages: {len(pages)} with {sum(languages.values())} blocks ({blocks}); {len(calls)} "
        f"commands, {ways['here']} run as they stand, {ways['there']} by a test of their own, "
        f"{ways['nowhere']} by none (a port, a board, the network); {ticks} names in back-ticks"
    )
    assert languages["python"] > 100
    assert ways["nowhere"] < len(calls) / 3
    assert ticks > 1_000
