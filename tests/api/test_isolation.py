"""No token, no data; no customer sees, learns of or changes what is another's: every operation."""

import random
import string
from dataclasses import replace

import pytest
from sqlalchemy import select

from nce_sim import SimCard
from nce_sim.tables import METADATA
from support.api import in_world
from support.every_operation import ROWS
from support.furnished import furnish
from support.neighbour import THEIRS, neighbour

ROWS_WITH_TOKEN = [row for row in ROWS if row.name != "token.get"]
# What would end, or take away, what others are to be kept from.
ENDS = {"sims.transfer", "sims.cancel_sms", "sims_v2.cancel_sms"}
MAKES = [
    row
    for row in ROWS_WITH_TOKEN
    if (row.operation.method != "DELETE" and row.name not in ENDS)
    or row.name == "plugins.uninstall"  # one of each partner: another comes
]
WITH_IDS = [row for row in ROWS_WITH_TOKEN if row.names]
READS = [
    row
    for row in ROWS_WITH_TOKEN
    if row.operation.method == "GET" and row.name != "logs.payload"  # a link that has a time
]
LISTS = [
    replace(row, query={}) if row.names else row  # all of it, not one device's
    for row in READS
    if not row.operation.path_parameters
]
# The ICCID of a SIM that nobody has.
NOBODYS = SimCard.numbered(99_999_999).iccid
SHORT = 5  # an id of fewer characters stands in answers by chance


def alike(value):
    """An id of the same form that nothing has."""
    if isinstance(value, list):
        return [alike(item) for item in value]
    if isinstance(value, int):
        return value + 100_000
    if value.isdecimal() and len(value) == len(NOBODYS):
        return NOBODYS
    source = random.Random(value)
    return "".join(source.choice(string.digits if c.isdigit() else "abcdef") for c in value)


def without(text, known):
    """An answer without the ids that were asked for."""
    for name, value in known.items():
        for item in value if isinstance(value, list) else [value]:
            if len(str(item)) >= SHORT:
                text = text.replace(str(item), "{id}" if name != "branch" else "{branch}")
    return text


def rows_of(place, organisation_ids):
    """What the database has of customers, and all that it has of nobody."""
    kept = {}
    for table in METADATA.sorted_tables:
        query = select(table)
        if "organisation_id" in table.c:
            query = query.where(table.c.organisation_id.in_(organisation_ids))
        kept[table.name] = sorted(map(repr, place.backend.storage.read(query)))
    return kept


async def read_by(client, known, rows):
    found = {}
    for row in rows:
        answer = await client.get(**row.request(known))
        found[row.name] = (answer.status_code, answer.text)
    return found


@in_world
async def test_no_operation_reaches_what_is_anothers(place, figure):
    theirs = await neighbour(place)
    known = await furnish(place.world, place.backend, THEIRS, name="Theirs")
    place.world.add_sim()
    await place.sign_in()
    for row in MAKES:
        answer = await theirs.client.request(row.operation.method, **row.request(known))
        assert answer.is_success, (row.name, answer.text)
        row.keep(answer, known)
    known["failedPlugin"] = known["pluginId"]
    place.world.advance(60_000)

    # Lists show nothing of another's.
    ids = {str(item) for value in known.values() for item in _each(value)}
    ids = {item for item in ids if len(item) >= SHORT}
    for name, (status, text) in (await read_by(place.client, known, LISTS)).items():
        assert status == 200, name
        assert not [item for item in ids if item in text], name

    # Another's id is answered as one that nothing has, and nothing of another's changes.
    unknown = {name: alike(value) for name, value in known.items()}
    before = rows_of(place, (THEIRS, known["branch"]))
    read = await read_by(theirs.client, known, READS)
    problems = []
    for row in WITH_IDS:
        answers = []
        for wanted in (known, unknown):
            answer = await place.client.request(row.operation.method, **row.request(wanted))
            answers.append((answer.status_code, without(answer.text, wanted)))
        if answers[0] != answers[1]:
            problems.append(f"{row.name}: {answers}")
    assert not problems, "\n".join(problems)
    after = await read_by(theirs.client, known, READS)
    assert {name: text for name, text in after.items() if text != read[name]} == {}
    place.world.advance(60_000)  # until what was accepted is done
    again = rows_of(place, (THEIRS, known["branch"]))
    assert [name for name, rows in again.items() if rows != before[name]] == []
    figure(
        f"isolation: {len(WITH_IDS)} operations with another's ids, {len(LISTS)} lists, "
        f"{sum(map(len, before.values()))} rows unchanged"
    )


def _each(value):
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}], ids=["none", "wrong"])
@in_world
async def test_without_a_token_every_operation_is_401(place, headers):
    for row in ROWS_WITH_TOKEN:
        answer = await place.as_nobody.request(
            row.operation.method, row.operation.path, headers=headers
        )
        assert answer.status_code == 401, row.name


@in_world
async def test_the_owner_may_call_no_operation(place):
    owner = place.backend.access.first_owner(place.organisation_id, place.backend.wall_ms())
    token = (await place.token(owner.user.email, owner.password)).json()["access_token"]
    for row in ROWS_WITH_TOKEN:
        answer = await place.as_nobody.request(
            row.operation.method, row.operation.path, headers={"Authorization": f"Bearer {token}"}
        )
        assert answer.status_code == 403, row.name
