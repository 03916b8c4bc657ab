"""What a text may show: a subscriber's number by its last four digits, a secret not at all."""

import re

# ICCID, IMSI, MSISDN and IMEI have 11 digits and more.
_SUBSCRIBER = re.compile(r"\+?\d{7,}(\d{4})")


def masked(text: str, *secrets: str) -> str:
    """The text without these secrets and without the numbers of subscribers."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "…")
    return _SUBSCRIBER.sub(r"…\1", text)
