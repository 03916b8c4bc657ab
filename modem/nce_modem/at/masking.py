"""What is masked before others see it: keys and PINs whole, ICCID, IMSI, IMEI and numbers in part.

mask('AT+CPIN="1234"')      # 'AT+CPIN= ***'
mask("+CCID: 8988280666000000017")

The one masker of the driver: transcripts, errors, events and reports all pass through here.
"""

from nce_modem.at import syntax

# What follows is a secret or holds one; a `=` may have blanks in front.
SECRET = (
    "%CMNG",
    "+USECPRF",
    "+SQNSPCFG",
    '+QSSLCFG="PSK"',
    "+CPIN=",
    "+CPWD",
    "+CLCK",
    "+QCOAPCFG",
    "+CGAUTH=",
    "+UAUTHREQ=",
    # Nordic's datagrams, on the command line.
    "#XSEND=",
    "#XSENDTO=",
)
# What these answer in lines without a prefix is a datagram or a short message.
TELLS_CONTENT = ("#XRECV", "+CMGR", "+CMGL")

HEXADECIMAL = "0123456789abcdefABCDEF"
LEAST_RUN = 7  # shorter runs are told; `_masked_run` says which of the others
LEAST_HEXADECIMAL = 16  # half of the shortest key (RFC 4279 has 128 bits and more)


def mask_digits(text):
    """Long runs of digits masked after the first few: ten and more, or seven after a `+`.

    Hexadecimal runs of `LEAST_HEXADECIMAL` and more are masked whole: keys, PDUs, datagrams.
    """
    result = ""
    copied = start = 0
    for index in range(len(text) + 1):
        if index < len(text) and text[index] in HEXADECIMAL:
            continue
        if index - start >= LEAST_RUN:
            run = _masked_run(text[start:index], start > 0 and text[start - 1] == "+")
            result += text[copied:start] + run
            copied = index
        start = index + 1
    return result + text[copied:]


def _masked_run(run, is_after_plus):
    if len(run) >= LEAST_HEXADECIMAL and not run.rstrip("Ff").isdigit():
        return "*" * len(run)
    result = ""
    start = 0
    for index in range(len(run) + 1):
        if index < len(run) and run[index].isdigit():
            continue
        count = index - start
        shown = count
        if count >= 10 or (count >= 7 and is_after_plus and start == 0):
            shown = 5 if count >= 14 else 2
        result += run[start : start + shown] + "*" * (count - shown) + run[index : index + 1]
        start = index + 1
    return result


# The line after these is a short message, as text or as PDU (TS 27.005, 3.4 and 4).
MESSAGE_HEADERS = ("+CMGL:", "+CMGR:", "+CMT:", "+CDS:")


def mask_lines(lines):
    """Transcript lines ("< text") fit to be shown: each masked, short messages without content."""
    result = []
    is_message = False
    for line in lines:
        mark, text = line[:2], line[2:]
        if mark != "< ":
            is_message = False
        elif text.startswith(MESSAGE_HEADERS):
            is_message = True
        elif is_message and text not in ("", "OK", "ERROR") and not _is_result(text):
            text = "<message of %d characters>" % len(text)
        result.append(mark + mask(text))
    return result


def _is_result(text):
    """Whether a line begins as results do, `+CEREG: `; a message may begin with `+`, too."""
    name = text[1 : max(0, text.find(":"))]
    return text[:1] in syntax.LEADERS and name.isupper() and "=" not in name and '"' not in name


def mask(text):
    """A line fit to be shown to others."""
    compact = text.replace(" ", "")
    upper = compact.upper()
    for secret in SECRET:
        at = upper.find(secret)
        if at >= 0:
            if len(upper) != len(compact):
                compact = upper  # a letter that grew: places differ
            return mask_digits(compact[:at]) + compact[at : at + len(secret)] + " ***"
    return mask_digits(text)


def is_confidential(command):
    """Whether what the modem repeats of a command, or of its payload, has to stay unseen.

    An echo that lost a character is no echo any more, and no rule above knows it.
    """
    upper = command.text.upper().replace(" ", "")
    for name in SECRET + TELLS_CONTENT:
        if name in upper:
            return True
    return command.payload is not None


def length_of(text):
    """What is told of a line that must stay unseen."""
    return "<%d characters>" % len(text)
