"""Query parameters that several operations take, and the ways of paging."""

from nce_api.operations.shape import Paging, Query

PAGE = Query("page", "integer", default=1, minimum=1)
# 1NCE OS shows no more than 50 pages.
OS_PAGE = Query("page", "integer", default=1, minimum=1, maximum=50)
NEXT_TOKEN = Query("nextToken")
Q = Query("q")
SORT = Query("sort")
SORT_KEYS = Query("sort", "array")
DEVICE_ID = Query("deviceId")
ICCID = Query("iccid")
PROTOCOL = Query("protocol")
START = Query("startDateTime")
END = Query("endDateTime")
INTERVAL = Query("interval")
PAYMENT_METHOD = Query(
    "payment_method",
    default="banktransfer",
    choices=("banktransfer", "creditcard", "monthlyinvoice", "boleto"),
)


def page_size(default: int, maximum: int | None = None) -> Query:
    """How many items a page has."""
    return Query("pageSize", "integer", default=default, minimum=1, maximum=maximum)


LISTS = Paging()
PER_PAGE = Paging(size="per_page")
EVENTS = Paging(items="events", pages="totalPages")
ITEMS = Paging(items="items", pages="pageAmount")
COORDINATES = Paging(items="coordinates", pages="pageAmount")
TOKENS = Paging(items="items", page=None, token="nextToken")
AT_ONCE = Paging(items="items", page=None, size=None)
WHOLE = Paging(page=None, size=None)
