"""What is masked before others see it: keys and PINs whole, ICCID, IMSI, IMEI and numbers in part.

mask('AT+CPIN="1234"')      # 'AT+CPIN= ***'
mask("+CCID: 8988280666000000017")
"""

# What follows `=` is a secret or holds one.
SECRET = (
    "%CMNG",
    "+USECPRF",
    "+SQNSPCFG",
    '+QSSLCFG="PSK"',
    "+CPIN=",
    "+CPWD",
    "+CLCK",
    "+QCOAPCFG",
    # Nordic's datagrams, on the command line.
    "#XSEND=",
    "#XSENDTO=",
)


def mask_digits(text):
    """Long runs of digits masked after the first few: ten and more, or seven after a `+`."""
    result = ""
    run_start = 0
    index = 0
    while index <= len(text):
        if index < len(text) and text[index].isdigit():
            index += 1
            continue
        run = index - run_start
        if run >= 10 or (run >= 7 and run_start and text[run_start - 1] == "+"):
            shown = 5 if run >= 14 else 2
            result += text[run_start : run_start + shown] + "*" * (run - shown)
        else:
            result += text[run_start:index]
        if index < len(text):
            result += text[index]
        index += 1
        run_start = index
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
        elif is_message and text[:1] != "+" and text not in ("", "OK", "ERROR"):
            text = "<message of %d characters>" % len(text)
        result.append(mark + mask(text))
    return result


def mask(text):
    """A line fit to be shown to others."""
    upper = text.upper()
    for secret in SECRET:
        at = upper.find(secret)
        if at >= 0:
            return text[: at + len(secret)] + " ***"
    return mask_digits(text)
