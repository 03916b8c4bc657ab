"""Every operation of 1NCE's documents succeeds as documented, once what it needs is there."""

import signal
from collections import Counter

import pytest

from nce_api.operations import OFFICIAL, OPERATIONS
from support.api import in_world
from support.documents import fits
from support.every_operation import ROWS
from support.furnished import furnish
from support.judged_api import judged_api


def test_each_operation_has_a_row():
    rows = Counter(row.name for row in ROWS)
    assert set(rows) == {operation.name for operation in OPERATIONS}
    assert max(rows.values()) == 1
    assert len(OFFICIAL) == 115


@in_world
async def test_every_operation_reaches_a_documented_success(place, figure):
    known = await furnish(place.world, place.backend, place.organisation_id)
    await place.sign_in()
    lines, problems = [], []
    for row in ROWS:
        operation = row.operation
        request = row.request(known)
        if row.name == "token.get":
            answer = await place.as_nobody.post(auth=(place.client_id, place.secret), **request)
        else:
            answer = await place.client.request(operation.method, **request)
        lines.append(f"{operation.method:6} {operation.path}: {answer.status_code}")
        if answer.status_code not in operation.answers:
            problems.append(f"{lines[-1]}: {answer.text}")
            continue
        if operation.document:
            try:
                fits(operation.method.lower(), operation.path, answer)
            except AssertionError as error:
                problems.append(f"{lines[-1]}: {error}")
        row.keep(answer, known)
    for line in lines:
        figure(f"operations: {line}")
    assert not problems, "\n".join(problems)


@pytest.mark.slow
def test_the_server_for_judges_ends_by_a_signal_and_with_its_input():
    for end in (lambda process: process.send_signal(signal.SIGINT), lambda process: None):
        with judged_api() as api:
            end(api.process)
