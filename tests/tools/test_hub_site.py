"""The Developer Hub as a reader gets it: a folder of files that needs no network."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

pytest.importorskip("sphinx", reason="needs Sphinx: pip install 'nce-iot[docs]'")
pytest.importorskip("furo", reason="needs Furo: pip install 'nce-iot[docs]'")
pytest.importorskip("myst_parser", reason="needs MyST: pip install 'nce-iot[docs]'")

from hub.build import BuildFailed, build, draw
from hub.search_words import SearchWords
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


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = tmp_path_factory.mktemp("hub") / "site"
    assert build(ROOT, made) > 60
    return made


@pytest.fixture(scope="module")
def pages(site):
    return {page: Seen(page) for page in site.rglob("*.html")}


def test_nothing_is_fetched_from_elsewhere(site, pages):
    for page, seen in pages.items():
        assert not [one for one in seen.fetched if REMOTE.match(one)], page
    for sheet in site.rglob("*.css"):
        found = CSS_ADDRESS.findall(sheet.read_text(encoding="utf-8"))
        assert not [one for one in found if REMOTE.match(one)], sheet


def test_every_file_and_every_anchor_that_a_page_names_is_there(pages):
    lost, checked = [], 0
    for page, seen in pages.items():
        for address in (*seen.links, *seen.fetched):
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            checked += 1
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            anchor = unquote(parts.fragment)
            if not target.is_file() or (
                anchor and target in pages and anchor not in pages[target].ids
            ):
                lost.append(f"{page.name}: {address}")
    print(f"{checked} links and anchors on {len(pages)} pages")
    assert not lost
    assert checked > 5_000


@pytest.mark.parametrize("query", QUERIES)
def test_the_search_finds_it(site, query):
    text = (site / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(text.removeprefix("Search.setIndex(").removesuffix(")"))
    words = SearchWords({})
    # As the page's own script does, which leaves numbers out.
    terms = [words.stem(word.lower()) for word in query_words(query) if not word.isdigit()]
    found = [pages_with(index, term) for term in terms]
    assert terms
    assert set.intersection(*found), terms


def query_words(query):
    return re.findall(r"\d+(?:\.\d+)+|AT[+#%$^&*]\w+|\w+", query)


def pages_with(index, term):
    found = set()
    for table in (index["terms"], index["titleterms"]):
        held = table.get(term, [])
        found |= set(held if isinstance(held, list) else [held])
    return found


def test_a_browser_cuts_a_query_as_the_index_was_cut(site):
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node: make peers")
    program = (
        "const window = globalThis;\n"
        + (site / "_static/language_data.js").read_text(encoding="utf-8")
        + "\nconsole.log(JSON.stringify("
        + json.dumps(QUERIES)
        + ".map(splitQuery)))"
    )
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


def test_each_page_made_from_the_code_has_its_tables(site):
    made = sorted(Path(site / "reference").glob("*.html"))
    assert len(made) > 30
    for page in made:
        text = page.read_text(encoding="utf-8")
        if page.stem not in ("python", "first_message", "at_commands"):
            assert "<table" in text, page
    assert "<svg" in (site / "reference/first_message.html").read_text(encoding="utf-8")
