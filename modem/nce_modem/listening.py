"""Hearing what a modem says unasked, ahead of the rest of the driver.

listen(modem, take)     # take(urc) is True when it was its own
"""


def listen(modem, take):
    """Offer every unsolicited result to `take(urc)` first; what it takes goes no further."""
    link = modem.link
    others = link._on_urc

    def offer(urc):
        if not take(urc):
            others(urc)

    link._on_urc = offer
