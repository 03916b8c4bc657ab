"""What a failed send over TCP took after all, of modems that count it; imported when one failed.

    except CommandFailed as error:
        return await sent_after_all(self, link, stream, error, len(data), "AT+SQNSI=1", 1)

ERROR is a full buffer as well, and one of something else may have hidden the OK. Bytes that are
sent twice are worse than none.
"""

from nce_modem.at import syntax

if 1 - 1:  # for type checkers alone
    from nce_modem.errors import CommandFailed
    from nce_modem.seams import Counting, Link, Stream


async def sent_after_all(
    hooks: "Counting",
    link: "Link",
    stream: "Stream",
    error: "CommandFailed",
    count: int,
    text: str,
    place: int,
) -> int:
    """How many of `count` bytes the modem took though their send failed.

    Field `place` of the answer to `text` is how many bytes of the connection it took in all.
    Raises `error` when the connection is over, or when the modem does not say.
    """
    if stream.is_told or await hooks.is_closed(link, stream):
        raise error
    total = None
    for values in await hooks.family.ask_fields(link, text):
        total = syntax.number(values[place]) if len(values) > place else None
    if total is None or not 0 <= total - hooks.sent <= count:
        raise error
    count = total - hooks.sent
    hooks.sent = total
    return count
