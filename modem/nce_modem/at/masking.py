"""Masks text before it is shown: keys and PINs whole, ICCID, IMSI, IMEI and numbers in part.

mask('AT+CPIN="1234"')      # 'AT+CPIN= ***'
mask("+CCID: 8988280666000000017")

The one masker of the driver: transcripts, errors, events and reports all pass through here.
"""

from nce_modem.at import syntax

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Iterable, Iterator

# The rest of the line is a secret or holds one (a `=` may have blanks in front); the last four are
# datagrams and short messages. One text: each name of a tuple is kept twice.
SECRET = (
    '%CMNG +USECPRF +SQNSPCFG +QSSLCFG="PSK" +CPIN= +CPWD +CLCK +QCOAPCFG +CGAUTH= +UAUTHREQ= '
    "#XSEND= #XSENDTO= #XSMS +QISENDEX="
)


def mask(text: str) -> str:
    """A line in a form that may be shown.

    Runs of digits keep the first few: those of ten and more, or seven after a `+`. Hexadecimal
    runs of 16 and more are masked whole: keys, PDUs, datagrams.
    """
    compact = text.replace(" ", "")
    upper = compact.upper()
    for secret in SECRET.split(" "):
        at = upper.find(secret)
        if at >= 0:
            if len(upper) != len(compact):
                compact = upper  # a letter that grew: places differ
            return mask(compact[:at]) + compact[at : at + len(secret)] + " ***"
    result = ""
    end = start = 0
    for index in range(len(text) + 1):
        if index < len(text) and text[index] in "0123456789abcdefABCDEF":
            continue
        if index - start >= 7:
            run = text[start:index]
            if len(run) >= 16 and not run.rstrip("Ff").isdigit():
                run = "*" * len(run)
            result += text[end:start] + _masked(run, text[:start][-1:])
            end = index
        start = index + 1
    return result + text[end:]


def _masked(run: str, head: str) -> str:
    """A hexadecimal run with its longer runs of digits masked."""
    result = ""
    start = 0
    for index in range(len(run) + 1):
        if index < len(run) and run[index].isdigit():
            continue
        count = index - start
        if count >= 10 or (count >= 7 and head == "+" and start == 0):
            shown = start + (5 if count >= 14 else 2)
            result += run[start:shown] + "*" * (index - shown) + run[index : index + 1]
        else:
            result += run[start : index + 1]
        start = index + 1
    return result


def mask_lines(lines: "Iterable[str]") -> "Iterator[str]":
    """Each transcript line ("< text") fit to be shown: masked, short messages without content."""
    kind = ""
    for line in lines:
        mark, text = line[:2], line[2:]
        name = text[1 : max(0, text.find(":"))]
        # A message may begin with `+` and still not be a result.
        is_result = text[:1] in syntax.LEADERS and name.isupper()
        if mark != "< ":
            kind = "line" if mark == "> " and is_confidential(text) else ""
        # The line after these is a short message, as text or as PDU (TS 27.005, 3.4 and 4).
        elif text[:1] == "+" and name in "CMGL CMGR CMT CDS".split(" "):
            kind = "message"
        elif kind and text and not syntax.is_among(text, "\nOK\nERROR\n"):
            if not is_result or "=" in name or '"' in name:
                text = "<%s of %d characters>" % (kind, len(text))
        yield mark + mask(text)


def is_confidential(text: str) -> bool:
    """Whether the modem's next lines, except results, have to stay hidden.

    text: of a command. An echo that lost a character matches no rule above.
    """
    upper = text.upper().replace(" ", "")
    # The last three answer with a datagram or a short message, in lines without a prefix.
    for name in (SECRET + " #XRECV +CMGR +CMGL").split(" "):
        if name in upper:
            return True
    return False
