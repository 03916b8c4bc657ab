"""Transmission parameters of CoAP as a value (RFC 7252, 4.8), with presets by bearer.

CoapClient(port, parameters=NB_IOT)
"""

from collections import namedtuple

if 1 - 1:
    from nce.seams import NamedTuple

    # ack_timeout_ms       how long the first transmission waits for its acknowledgement
    # ack_random_percent   the first wait is random between ack_timeout_ms and this part of it
    # max_retransmit       transmissions after the first; each waits twice as long as the last
    # nstart               interactions with the peer that may be outstanding at once (4.7)
    # max_latency_ms       the longest a datagram may live on the way
    # response_wait_ms     how long a response may take once the request was acknowledged, and how
    #                      long a non-confirmable request waits for one
    # probing_bytes_per_s  PROBING_RATE: what non-confirmable messages may come to on average while
    #                      nothing is heard of the peer (4.7); confirmable ones have a brake
    class Parameters(NamedTuple):
        ack_timeout_ms: int
        ack_random_percent: int
        max_retransmit: int
        nstart: int
        max_latency_ms: int
        response_wait_ms: int
        probing_bytes_per_s: int

else:
    Parameters = namedtuple(  # type: ignore[no-redef]
        "Parameters",
        (
            "ack_timeout_ms",
            "ack_random_percent",
            "max_retransmit",
            "nstart",
            "max_latency_ms",
            "response_wait_ms",
            "probing_bytes_per_s",
        ),
    )

# RFC 7252, 4.8 for all but response_wait_ms: a separate response is waited for as long as the
# server may take to get its own confirmable message through, MAX_TRANSMIT_WAIT, 93 s.
DEFAULT = Parameters(2000, 150, 4, 1, 100000, 93000, 1)

# LTE-M answers in 0.1 to 1 s when connected.
# ack_timeout_ms 4000: when it was idle, a paging cycle (up to 2.56 s without eDRX) and a new
#   connection come first; one such wake-up passes without a needless second copy on the air.
# ack_random_percent 150: the RFC's; thousands of meters that a mains failure woke spread by 2 s.
# max_retransmit 4: the last copy goes after 60 to 90 s, which outlasts a handover or reselection.
# nstart 1: more at once would share one narrow uplink, and each retransmit into the other's queue.
# max_latency_ms 100000, response_wait_ms 93000: the RFC's, since the servers' clocks run by it.
# probing_bytes_per_s 1: the RFC's. Give more only where path and server are known to bear it.
LTE_M = Parameters(4000, 150, 4, 1, 100000, 93000, 1)

# NB-IoT: 1 to 10 s round trip with coverage enhancement; the first reply after a wake-up in 4 s.
# ack_timeout_ms 9000: what RFC 7925, 11 recommends for DTLS on such networks, for the same reason.
# max_retransmit 3: with the repetitions of poor coverage each copy is seconds of transmitting.
#   Four copies span 63 to 95 s and are given up after 135 to 202 s, longer than DEFAULT's 93 s.
# nstart 1: the radio is half-duplex and has one or two HARQ processes: nothing is gained by more.
# max_latency_ms 100000: the RFC's; an operator's buffer for sleeping devices is not a path, what
#   comes out of it later is a late message and is rejected as one.
# response_wait_ms 120000: a server that was asked by NB-IoT may answer over its own five copies
#   (93 s), each of them late by a paging cycle of up to 10.24 s and its delivery.
# probing_bytes_per_s 1: the RFC's; a cell of thousands shares some 20 kbit/s.
NB_IOT = Parameters(9000, 150, 3, 1, 100000, 120000, 1)


def exchange_lifetime_ms(parameters: "Parameters") -> int:
    """EXCHANGE_LIFETIME (RFC 7252, 4.8.2): a message ID is not used again, and a duplicate
    recognised, this long."""
    first_ms = parameters.ack_timeout_ms * parameters.ack_random_percent // 100
    # MAX_TRANSMIT_SPAN, MAX_LATENCY both ways, and PROCESSING_DELAY, which is ACK_TIMEOUT.
    span_ms = first_ms * ((1 << parameters.max_retransmit) - 1)
    return span_ms + 2 * parameters.max_latency_ms + parameters.ack_timeout_ms
