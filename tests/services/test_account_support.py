"""Service requests: asked by an organisation, answered by the support."""

import pytest

import nce_sim.account.support.tables
from nce_sim.account.support.service import NewRequest, Support
from nce_sim.problems import Conflict, Invalid, NotFound
from support.account_tables import storage_with

OURS, THEIRS = 8_000_001, 8_000_002
NOW = 1_767_225_600_000
ASKED = NewRequest("No attach", "Since noon.\nSIM 1", "Ada Lovelace", "ada@example.com")


@pytest.fixture
def storage():
    return storage_with(nce_sim.account.support.tables)


@pytest.fixture
def support(storage):
    return Support(storage, lambda: NOW)


def create(storage, support, new=ASKED, organisation_id=OURS):
    with storage.unit() as work:
        return support.create(organisation_id, new, work)


def test_a_request_is_open_until_the_support_has_solved_it(storage, support):
    case_id = create(storage, support)
    [request], total = support.page(OURS, page=1, size=10)
    assert (total, request.status, request.solved_ms) == (1, "OPEN", None)
    assert (request.subject, request.text) == ("No attach", "Since noon.\nSIM 1")
    for is_solved, status in ((False, "IN_PROGRESS"), (True, "CLOSED")):
        with storage.unit() as work:
            support.answer(case_id, "Reset the SIM.", is_solved=is_solved, work=work)
        [request], _ = support.page(OURS, page=1, size=10)
        assert request.status == status

    assert request.solved_ms == NOW
    assert [(said.direction, said.kind) for said in request.communications] == [
        ("IN", "PORTAL"),
        ("OUT", "MAIL_OUT"),
        ("OUT", "MAIL_OUT"),
    ]
    assert request.communications[0].originator == "ada@example.com"
    with pytest.raises(Conflict, match="closed"), storage.unit() as work:
        support.answer(case_id, "More", is_solved=False, work=work)


def test_requests_outlive_the_process_and_come_by_pages(storage, support):
    cases = [create(storage, support) for _ in range(3)]
    again = Support(storage, lambda: NOW)

    found, total = again.page(OURS, page=2, size=2)
    assert ([request.case_id for request in found], total) == (cases[2:], 3)
    assert create(storage, again) == cases[2] + 1


BAD_REQUESTS = (
    NewRequest("", "text"),
    NewRequest("x" * 201, "text"),
    NewRequest("a\nb", "text"),
    NewRequest("subject", ""),
    NewRequest("subject", "x" * 10_001),
    NewRequest("subject", "a\0b"),
    NewRequest("subject", "text", "a\x00b"),
    NewRequest("subject", "text", None, "nobody"),
)


@pytest.mark.parametrize("new", BAD_REQUESTS)
def test_unusable_requests_are_refused(storage, support, new):
    with pytest.raises(Invalid):
        create(storage, support, new)
    assert support.page(OURS, page=1, size=10) == ([], 0)


def test_another_organisation_sees_no_request_of_ours(storage, support):
    create(storage, support)

    assert support.page(THEIRS, page=1, size=10) == ([], 0)
    with pytest.raises(NotFound), storage.unit() as work:
        support.answer(99, "?", is_solved=True, work=work)
