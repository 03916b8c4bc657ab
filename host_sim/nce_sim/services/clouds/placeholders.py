"""`:iccid:`, `:imsi:` and `:ip:` in the URL and the headers of a webhook.

filled("https://example.com/:iccid:", {"iccid": "8988…"})

[D] What the event does not have becomes `none`; other words between colons stay.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_PLACE = re.compile(":(iccid|imsi|ip):")


def filled(text: str, device: Mapping[str, str]) -> str:
    """The text with the numbers of the device."""
    return _PLACE.sub(lambda match: device.get(match[1]) or "none", text)
