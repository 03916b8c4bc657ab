"""Schemathesis over 1NCE's documents: every operation, every check, fixed seeds.

The exceptions are those of `nce_api.documents.faults`, and no others.
"""

import pytest

from nce_api.documents import NAMES
from support.judged_api import judged_api
from support.schemathesis_run import cases_of, run

LARGEST = "1nce-os"
OTHERS = tuple(name for name in NAMES if name != LARGEST)


@pytest.mark.slow
@pytest.mark.parametrize("names", [(LARGEST,), OTHERS], ids=[LARGEST, "the others"])
def test_every_operation_is_as_documented(names, tmp_path, figure):
    with judged_api() as api:
        api.run_rows()  # so that its ids are of things that are there
        for name in names:
            done = run(api, name, tmp_path)
            assert done.returncode == 0, done.stdout + done.stderr
            figure(f"schemathesis: {name}: {cases_of(done)} cases")
