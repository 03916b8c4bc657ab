"""Administration logs: pages, filters, days of a time zone, links to payloads."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from nce_sim.backend import open_storage
from nce_sim.problems import Invalid, NotFound
from nce_sim.services.logs.service import AdminLogs, LogFilter, LogItem, PayloadLink

OURS, THEIRS = 8_000_001, 8_000_002
SIM, ANOTHER = "8988228066600000001", "8988228066600000002"
DAY_MS = 86_400_000
START_MS = int(datetime(2026, 3, 25, tzinfo=UTC).timestamp()) * 1000


class Desk:
    """Logs over a database, with the time in hand."""

    def __init__(self, storage):
        self.now_ms = START_MS
        self.storage = storage
        self.count = 0
        self.logs = AdminLogs(
            self.storage,
            lambda: self.now_ms,
            organisation_id=OURS,
            link_key=b"k" * 32,
            retention_ms=7 * DAY_MS,
        )

    def add(self, *, of=OURS, kind="DEVICE", category="error", after_ms=1_000, **more):
        self.now_ms += after_ms
        self.count += 1
        log_id = f"{self.count:027d}"
        more = {"iccid": SIM, "payload": "AAEC", **more}
        item = LogItem(
            log_id, self.now_ms, kind, category, "m", "d", "1-1", organisation_id=of, **more
        )
        with self.storage.unit() as work:
            self.logs.add(item, work)
        return self.count

    def listed(self, wanted=None, *, of=OURS, **more):
        page = self.logs.listed(of, wanted, page_size=25, **more)
        return [int(item.log_id) for item in page.items]


@pytest.fixture
def desk(db):
    desk = Desk(open_storage(db))
    yield desk
    desk.storage.close()


def test_logs_are_paged_newest_first(desk):
    for _ in range(7):
        desk.add()
    page = desk.logs.listed(OURS, page=2, page_size=3)
    assert [int(item.log_id) for item in page.items] == [4, 3, 2]
    assert (page.page, page.page_amount) == (2, 3)
    assert desk.logs.listed(OURS, page=4, page_size=3).items == []
    assert desk.logs.listed(THEIRS).page_amount == 1


def test_logs_are_filtered(desk):
    desk.add(category="info", kind="LIFECYCLE", payload=None)
    desk.add(iccid=ANOTHER)
    desk.add(kind="LOCATION", geofence_id="f" * 21)
    desk.add(iccid=None, kind="INTEGRATION", integration_id="i" * 21)
    second = START_MS + 2_000
    for wanted, expected in (
        (LogFilter(), [4, 3, 2, 1]),
        (LogFilter(type="LIFECYCLE"), [1]),
        (LogFilter(category="error"), [4, 3, 2]),
        (LogFilter(iccid=SIM), [3, 1]),
        (LogFilter(geofence_id="f" * 21), [3]),
        (LogFilter(start_ms=second), [4, 3, 2]),
        (LogFilter(end_ms=second), [2, 1]),
        (LogFilter(start_ms=second, end_ms=second, iccid=ANOTHER), [2]),
        (LogFilter(iccid=SIM, category="error", type="DEVICE"), []),
    ):
        assert desk.listed(wanted) == expected, wanted


def test_a_log_without_an_organisation_is_of_the_default_one(desk):
    desk.add(of=None)
    assert desk.listed() == [1]


def test_logs_end_after_seven_days(desk):
    desk.add()
    desk.add(after_ms=DAY_MS)
    desk.now_ms += 6 * DAY_MS
    assert desk.listed() == [2, 1]
    desk.now_ms += 1
    assert desk.listed() == [2]
    assert desk.logs.purge_due_ms() <= desk.now_ms
    with desk.storage.unit() as work:
        desk.logs.purge(work)
    assert desk.logs.purge_due_ms() > desk.now_ms


def test_an_organisation_sees_its_own_logs_alone(desk):
    desk.add()
    desk.add(of=THEIRS)
    assert (desk.listed(), desk.listed(of=THEIRS)) == ([1], [2])
    assert desk.logs.statistics(OURS, "UTC").days[0][1] == 1
    with pytest.raises(Invalid):
        desk.logs.link(OURS, f"{2:027d}")


def test_days_are_those_of_the_time_zone_also_when_clocks_change(desk):
    # In Berlin clocks go forward on 2026-03-29 at 01:00 UTC.
    hour = 3_600_000
    desk.add(after_ms=3 * DAY_MS + 22 * hour)  # 28th, 22:00 UTC: 23:00 in Berlin
    desk.add(after_ms=hour, iccid=ANOTHER)  # 23:00 UTC: the 29th
    desk.add(after_ms=hour, category="info")  # 29th, 00:00 UTC
    desk.add(after_ms=21 * hour)  # 21:00 UTC: 23:00 in Berlin
    desk.add(after_ms=hour)  # 22:00 UTC: the 30th

    def days(zone, category=None):
        found = desk.logs.statistics(OURS, zone, category)
        return found.unique_devices, [
            (day.isoformat()[5:10] + day.isoformat()[19:], amount) for day, amount in found.days
        ]

    assert days("Europe/Berlin") == (
        2,
        [("03-30+02:00", 1), ("03-29+01:00", 3), ("03-28+01:00", 1)],
    )
    assert days("UTC") == (2, [("03-29+00:00", 3), ("03-28+00:00", 2)])
    assert days("Europe/Berlin", "info") == (1, [("03-29+01:00", 1)])
    for wrong in ("Europe/Nowhere", "", "../etc/passwd", "Europe", "\0", "é" * 300):
        with pytest.raises(Invalid, match="IANA"):
            desk.logs.statistics(OURS, wrong)


# -- payloads ----------------------------------------------------------------------------------


def test_a_link_leads_to_its_payload_for_an_hour(desk):
    desk.add()
    link = desk.logs.link(OURS, f"{1:027d}")
    assert desk.logs.linked_payload(link) == b"\x00\x01\x02"
    desk.now_ms += 3_600_000
    assert desk.logs.linked_payload(link) == b"\x00\x01\x02"
    desk.now_ms += 1
    with pytest.raises(NotFound, match="expired"):
        desk.logs.linked_payload(link)


def test_a_forged_link_leads_nowhere(desk):
    desk.add()
    desk.add()
    link = desk.logs.link(OURS, f"{1:027d}")
    for changes in (
        {"log_id": f"{2:027d}"},
        {"expires_ms": link.expires_ms + 1},
        {"signature": link.signature[::-1]},
        {"signature": ""},
        {"signature": "é"},
    ):
        with pytest.raises(NotFound):
            desk.logs.linked_payload(dataclasses.replace(link, **changes))
    with pytest.raises(NotFound):
        desk.logs.linked_payload(PayloadLink("", 0, ""))


def test_a_log_without_a_payload_has_no_link(desk):
    desk.add(payload=None)
    for log_id in (f"{1:027d}", "nobody's"):
        with pytest.raises(Invalid, match="with a payload"):
            desk.logs.link(OURS, log_id)
