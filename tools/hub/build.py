"""Builds the site: lays the pages out, lets Sphinx draw them, and takes no warning for an answer.

    build(root, Path("build/site"))     # the number of pages

A page that stands in no list of contents, a link that leads nowhere and an anchor that is missing
are warnings of Sphinx and MyST, and each ends the build.
"""

from __future__ import annotations

import io
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.console import nocolor
from sphinx.util.docutils import docutils_namespace, patch_docutils

from hub.playground import write_interpreter
from hub.stage import stage

CONFIGURATION = Path(__file__).parent / "configuration"


class BuildFailed(RuntimeError):
    """The site could not be built; the message has every warning."""


def build(root: Path, site: Path) -> int:
    """The site of the clone at `root`, in the folder `site`; what was there before is replaced.

    Returns the number of pages. Raises BuildFailed.
    """
    work = site.resolve().with_name(site.name + ".work")
    shutil.rmtree(work, ignore_errors=True)
    stage(root, work / "pages")
    pages = draw(work / "pages", site, work / "doctrees")
    write_interpreter(root, site)
    shutil.rmtree(work)
    return pages


def draw(source: Path, site: Path, doctrees: Path) -> int:
    """The pages in `source` as a site; returns their number, raises BuildFailed."""
    shutil.rmtree(site, ignore_errors=True)
    nocolor()
    warnings = io.StringIO()
    try:
        with patch_docutils(), docutils_namespace():
            app = Sphinx(
                source, CONFIGURATION, site, doctrees, "html", status=None, warning=warnings
            )
            app.build()
    except SphinxError as error:
        raise BuildFailed(f"{_once(warnings.getvalue())}\n{error}") from error
    if said := _once(warnings.getvalue()):
        raise BuildFailed(f"{said}\nthe site has warnings: mend the pages named above")
    return len(app.env.found_docs)


def _once(said: str) -> str:
    # Sphinx warns about a page in a list of contents once for every page of the site.
    return "\n".join(dict.fromkeys(said.strip().splitlines()))
