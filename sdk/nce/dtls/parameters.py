"""Retransmission parameters of the handshake as a value (RFC 6347, 4.2.4), with presets.

DtlsPort(port, identity, key, parameters=NB_IOT)
"""

from collections import namedtuple

if 1 - 1:
    from nce.seams import NamedTuple

    # initial_timeout_ms  how long a flight waits for its answer before it is sent again
    # max_timeout_ms      each wait is twice the one before, up to this
    # max_transmissions   copies of one flight before the handshake fails
    class Parameters(NamedTuple):
        initial_timeout_ms: int
        max_timeout_ms: int
        max_transmissions: int

else:
    Parameters = namedtuple(  # type: ignore[no-redef]
        "Parameters", ("initial_timeout_ms", "max_timeout_ms", "max_transmissions")
    )

# RFC 6347, 4.2.4.1: 1 s, doubling, at most 60 s. Six copies give up after 63 s.
DEFAULT = Parameters(1000, 60000, 6)

# LTE-M answers within a second when connected, after a paging cycle when not. Gives up after
# 120 s.
LTE_M = Parameters(4000, 60000, 5)

# RFC 7925, 11: 9 s for networks such as NB-IoT, whose reply to a wake-up takes 4 s as a rule and
# up to a minute at times. Gives up after 183 s.
NB_IOT = Parameters(9000, 60000, 5)

# How often a message is sealed while the port says that it cannot send these very bytes
# (`seal_again` of its error). That four fail by chance does not happen.
MOST_SEALINGS = 4
