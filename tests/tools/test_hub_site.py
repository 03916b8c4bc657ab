"""The Developer Hub as a reader gets it: a folder of files that needs no network."""

import fcntl
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("sphinx", reason="needs Sphinx: pip install 'nce-iot[docs]'")
pytest.importorskip("furo", reason="needs Furo: pip install 'nce-iot[docs]'")
pytest.importorskip("myst_parser", reason="needs MyST: pip install 'nce-iot[docs]'")

from hub.build import BuildFailed, build, draw
from hub.search_words import SPLITTER, SearchWords
from support.stories import play
from support.wasm import micropython_wasm, what_keeps_it_away
from truth.pages import ROOT

# What MyST still calls of Sphinx's is Sphinx's and MyST's to settle.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:'myst_parser.*is deprecated"),
]

# What a browser fetches by itself, as against what a reader may follow.
FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
REMOTE = re.compile(r"(https?:)?//")
CSS_ADDRESS = re.compile(r"""(?:url\(|@import)\s*["']?([^"')\s]+)""")
QUERIES = ("SEND FAIL", "+CEREG: 3", "4.01", "AT+QIOPEN", "float64")


class Seen(HTMLParser):
    """The addresses and the ids of one page."""

    def __init__(self, page):
        super().__init__()
        self.fetched, self.links, self.ids = [], [], set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        held = dict(attributes)
        self.ids |= {held[name] for name in ("id", "name") if held.get(name)}
        if tag in FETCHED and held.get(FETCHED[tag]):
            self.fetched.append(held[FETCHED[tag]])
        if tag == "a" and held.get("href"):
            self.links.append(held["href"])


@pytest.fixture(scope="session")
def site(tmp_path_factory, request):
    """The site with its interpreter, built once for all workers of a distributed run."""
    folder = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        folder = folder.parent
    with (folder / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "site" / "index.html").is_file():
            what_keeps_it_away()  # the build puts what was fetched into the playground
            assert build(ROOT, folder / "site") > 60
    return folder / "site"


def test_the_stories_of_the_site_are_played_to_their_end(site, figure):
    micropython_wasm()
    figure(f"stories of the site: {play('tests/hub/story_site.py', HUB_SITE=str(site)).summary}")


def test_the_site_is_whole_and_needs_no_network(site):
    pages = {page: Seen(page) for page in site.rglob("*.html")}
    assert fetched_from_elsewhere(site, pages) == []
    lost, checked = lost_links(pages)
    assert lost == []
    assert checked > 5_000
    index = json.loads(
        (site / "searchindex.js")
        .read_text(encoding="utf-8")
        .removeprefix("Search.setIndex(")
        .removesuffix(")")
    )
    assert {query: bool(pages_with(index, query)) for query in QUERIES} == dict.fromkeys(
        QUERIES, True
    )
    assert SPLITTER.strip() in (site / "_static/language_data.js").read_text(encoding="utf-8")
    made = sorted((site / "reference").glob("*.html"))
    bare = {page.stem for page in made if "<table" not in page.read_text(encoding="utf-8")}
    assert len(made) > 30
    assert bare == {"python", "first_message", "at_commands"}
    for drawn in ("first_message", "radio_day", "house"):
        assert "<svg" in (site / f"reference/{drawn}.html").read_text(encoding="utf-8")
    print(f"{checked} links and anchors on {len(pages)} pages")


def fetched_from_elsewhere(site, pages):
    """What a browser would ask another computer for."""
    found = [
        f"{page.name}: {address}"
        for page, seen in pages.items()
        for address in seen.fetched
        if REMOTE.match(address)
    ]
    for sheet in site.rglob("*.css"):
        addresses = CSS_ADDRESS.findall(sheet.read_text(encoding="utf-8"))
        found += [f"{sheet.name}: {one}" for one in addresses if REMOTE.match(one)]
    return found


def lost_links(pages):
    """The links to files and anchors that are not there, and how many were looked at."""
    lost, checked = [], 0
    for page, seen in pages.items():
        for address in (*seen.links, *seen.fetched):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            checked += 1
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            anchor = unquote(parts.fragment)
            has_anchor = not anchor or target not in pages or anchor in pages[target].ids
            if not target.is_file() or not has_anchor:
                lost.append(f"{page.name}: {address}")
    return lost, checked


def pages_with(index, query):
    """The pages that have all words of a query, as the page's own script finds them."""
    words = SearchWords({})
    # It leaves whole numbers out.
    terms = [words.stem(word.lower()) for word in query_words(query) if not word.isdigit()]
    found = []
    for term in terms:
        held = [index[table].get(term, []) for table in ("terms", "titleterms")]
        found.append({page for one in held for page in (one if isinstance(one, list) else [one])})
    return set.intersection(*found)


def query_words(query):
    return re.findall(r"\d+(?:\.\d+)+|AT[+#%$^&*]\w+|\w+", query)


def test_a_browser_cuts_a_query_as_the_index_was_cut():
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node: make peers")
    program = f"{SPLITTER}\nconsole.log(JSON.stringify({json.dumps(QUERIES)}.map(splitQuery)))"
    done = subprocess.run(
        [node, "-"], input=program, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [query_words(query) for query in QUERIES]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[gone](gone.md)", "gone.md"),
        ("[gone](#gone)", "gone"),
        ("[gone](other.md#gone)", "gone"),
    ],
)
def test_a_link_that_leads_nowhere_ends_the_build(tmp_path, text, complaint):
    source = tmp_path / "pages"
    source.mkdir()
    (source / "index.md").write_text(f"# One\n\n{text}\n\n```{{toctree}}\nother\n```\n")
    (source / "other.md").write_text("# Other\n")
    with pytest.raises(BuildFailed, match=rf"index\.md:3: WARNING.*{re.escape(complaint)}"):
        draw(source, tmp_path / "site", tmp_path / "doctrees")


def test_a_page_in_no_list_of_contents_ends_the_build(tmp_path):
    source = tmp_path / "pages"
    source.mkdir()
    (source / "index.md").write_text("# One\n")
    (source / "other.md").write_text("# Other\n")
    with pytest.raises(BuildFailed, match=r"other\.md: WARNING.*toctree"):
        draw(source, tmp_path / "site", tmp_path / "doctrees")
