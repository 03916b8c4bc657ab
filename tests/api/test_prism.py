"""Prism as a second judge: every operation passes its proxy, request and answer."""

import pytest

from nce_api.documents import NAMES
from nce_api.documents.faults import judged
from support.every_operation import ROWS
from support.judged_api import judged_api
from support.prism import prism, verdict


@pytest.mark.slow
def test_prism_finds_every_request_and_answer_as_documented(tmp_path, figure):
    problems, passed = [], 0
    with judged_api() as api:
        for name in NAMES:
            rows = tuple(row for row in ROWS if row.operation.document == name)
            with prism(judged(name), api.url, tmp_path) as url:
                for row, answer in api.run_rows(url, rows):
                    wrong = verdict(answer) or ("" if answer.is_success else answer.text)
                    if wrong:
                        problems.append(f"{row.name}: {answer.status_code}: {wrong}")
                    passed += not wrong
    assert not problems, "\n".join(problems)
    figure(f"prism: {passed} operations passed as documented")
