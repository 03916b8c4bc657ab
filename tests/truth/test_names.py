"""Every name, command, option, file and link that the documents speak of is there."""

import pytest

from truth.claims import wrong_claims
from truth.names import OTHERS
from truth.pages import PACKAGES, ROOT, docstrings_of, markdown_files, page_of, python_files
from truth.uses import wrong_names

pytestmark = pytest.mark.slow

PAGES = markdown_files()


def complaints(pages):
    return [text for page in pages for text in (*wrong_names(page), *wrong_claims(page))]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_page_speaks_of_what_is_there(path):
    assert complaints([page_of(path)]) == []


@pytest.mark.parametrize("name", OTHERS)
def test_every_name_of_others_is_spoken_of(name):
    files = [*PAGES, *python_files()]
    assert any(f"`{name}" in path.read_text(encoding="utf-8") for path in files)


@pytest.mark.parametrize("package", [name for name in PACKAGES if name != "nce_api"])
def test_the_docstrings_of_a_package_speak_of_what_is_there(package):
    files = [path for path in python_files() if path.is_relative_to(ROOT / PACKAGES[package])]
    files = [path for path in files if package in (path.stem, *(p.name for p in path.parents))]
    assert files
    assert complaints(page for path in files for page in docstrings_of(path)) == []
