"""Pages of a history of a million messages: how the last ones compare with the first.

Both are read in turn, in one process, by the Historian that serves the Inspector's API.
"""

import time

from sqlalchemy import text

from nce_sim.services.inspector.history import Historian, Wanted
from nce_sim.services.inspector.tokens import PageTokens
from nce_sim.storage import Storage
from nce_sim.tables import METADATA

ROWS = 1_000_000
SIMS = 1_000
ORGANISATION = 8_000_001
PAGES = 20  # read in a row
ROUNDS = 5
KEY = bytes(32)
# One message each ten milliseconds, of one SIM after the other.
_FILL = f"""
    WITH RECURSIVE one(number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM one
                                   WHERE number < {ROWS})
    INSERT INTO history (number, event_id, device_id, iccid, protocol, topic, received_ms,
                         is_json, payload, organisation_id)
    SELECT number, printf('1-%08x-%024x', number / 100, number),
           printf('8988228066600%06d', number % {SIMS}),
           printf('8988228066600%06d', number % {SIMS}),
           'COAP', 'env', 10 * number, 1, '{{"level": 21}}', {ORGANISATION}
    FROM one
"""
# A device with a thousandth of all messages.
DEVICE = Wanted(device_id=f"8988228066600{7:06d}")


def seconds_of(historian, wanted, page_size, token):
    """Processor time of `PAGES` full pages in a row, from a token on."""
    begin = time.process_time()
    for _ in range(PAGES):
        page = historian.page(ORGANISATION, wanted, page_size=page_size, token=token)
        if len(page.items) != page_size:
            raise SystemExit(f"a page of {len(page.items)} messages, not {page_size}")
        token = page.next_token
    return time.process_time() - begin


def last_by_first(historian, tokens, wanted, page_size, last_number):
    """How many times longer the last pages take than the first."""
    last = tokens.made(last_number, (ORGANISATION, wanted))
    first_s, last_s = [], []
    for _ in range(ROUNDS):  # in turn: a busy machine slows both
        first_s.append(seconds_of(historian, wanted, page_size, None))
        last_s.append(seconds_of(historian, wanted, page_size, last))
    return min(last_s) / min(first_s)


def rows():
    storage, tokens = Storage(METADATA), PageTokens(KEY)
    with storage.unit() as work:
        work.write(text(_FILL), {})
    historian = Historian(storage, lambda: 10 * ROWS, tokens, 7 * 86_400_000)
    note = f"{PAGES} pages in turn, best of {ROUNDS}; 1: constant time"
    made = []
    for what, wanted, page_size, every in (
        (f"{ROWS:,} messages", Wanted(), 100, 1),
        (f"a device's {ROWS // SIMS:,} of them", DEVICE, 10, SIMS),
    ):
        # So many of the oldest are left that the last pages are full.
        last_number = (PAGES * page_size + 1) * every
        ratio = last_by_first(historian, tokens, wanted, page_size, last_number)
        made.append((f"history: last pages of {what} / first", ratio, "x", note))
    storage.close()
    return made
