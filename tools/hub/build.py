"""Builds the site: lays the pages out, lets Sphinx draw them, and takes no warning for an answer.

    build(root, Path("build/site"))     # the number of pages

A page that stands in no list of contents, a link that leads nowhere and an anchor that is missing
are warnings of Sphinx and MyST, and each ends the build.
"""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import SphinxError
from sphinx.util.docutils import docutils_namespace, patch_docutils

from hub.stage import stage

CONFIGURATION = Path(__file__).parent / "configuration"


class BuildFailed(RuntimeError):
    """The site could not be built; the message has every warning."""


def build(root: Path, site: Path) -> int:
    """The site of the clone at `root`, in the folder `site`; what was there before is replaced."""
    work = site.resolve().with_name(site.name + ".work")
    source = work / "pages"
    shutil.rmtree(work, ignore_errors=True)
    stage(root, source)
    shutil.rmtree(site, ignore_errors=True)
    # Two runs of one tree are the same (reproducible-builds.org); Furo shows no date either.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    warnings = io.StringIO()
    try:
        with patch_docutils(), docutils_namespace():
            app = Sphinx(
                source,
                CONFIGURATION,
                site,
                work / "doctrees",
                "html",
                status=None,
                warning=warnings,
                freshenv=True,
            )
            app.build()
    except SphinxError as error:
        raise BuildFailed(f"{warnings.getvalue()}{error}") from error
    if said := warnings.getvalue().strip():
        raise BuildFailed(f"{said}\nthe site has warnings; mend the pages named above")
    pages = len(app.env.found_docs)
    shutil.rmtree(work)
    return pages
