"""The states of a TCP connection, and what moves it from one to the next (RFC 9293, 3.3.2).

    next_state(TcpState.ESTABLISHED, Cause.FIN)     # TcpState.CLOSE_WAIT

Figure 5 of RFC 9293, and a reset. Two of its arrows are walked in two steps: a FIN that brings the
ACK of ours (note 2), and a CLOSE in SYN-RECEIVED, which waits for ESTABLISHED (3.10.4). A cause
that a state does not know raises KeyError: the engine must never ask.
"""

from __future__ import annotations

import enum


class TcpState(enum.Enum):
    """The names of RFC 9293, 3.3.2."""

    CLOSED = "CLOSED"
    LISTEN = "LISTEN"
    SYN_SENT = "SYN-SENT"
    SYN_RECEIVED = "SYN-RECEIVED"
    ESTABLISHED = "ESTABLISHED"
    FIN_WAIT_1 = "FIN-WAIT-1"
    FIN_WAIT_2 = "FIN-WAIT-2"
    CLOSE_WAIT = "CLOSE-WAIT"
    CLOSING = "CLOSING"
    LAST_ACK = "LAST-ACK"
    TIME_WAIT = "TIME-WAIT"


class Cause(enum.Enum):
    """What moves a connection: a call of the user, a segment in order, or a time-out."""

    PASSIVE_OPEN = "passive OPEN"
    ACTIVE_OPEN = "active OPEN"
    CLOSE = "CLOSE"
    SYN = "SYN"
    SYN_ACK = "SYN and ACK of our SYN"
    ACK_OF_SYN = "ACK of our SYN"
    ACK_OF_FIN = "ACK of our FIN"
    FIN = "FIN"
    TIMEOUT = "time-out"
    RESET = "RST, ABORT, or too many repeats"


_S, _C = TcpState, Cause

TRANSITIONS: dict[tuple[TcpState, Cause], TcpState] = {
    (_S.CLOSED, _C.PASSIVE_OPEN): _S.LISTEN,
    (_S.CLOSED, _C.ACTIVE_OPEN): _S.SYN_SENT,
    (_S.LISTEN, _C.SYN): _S.SYN_RECEIVED,
    (_S.LISTEN, _C.CLOSE): _S.CLOSED,
    (_S.SYN_SENT, _C.SYN): _S.SYN_RECEIVED,  # simultaneous open
    (_S.SYN_SENT, _C.SYN_ACK): _S.ESTABLISHED,
    (_S.SYN_SENT, _C.CLOSE): _S.CLOSED,
    (_S.SYN_RECEIVED, _C.ACK_OF_SYN): _S.ESTABLISHED,
    (_S.ESTABLISHED, _C.CLOSE): _S.FIN_WAIT_1,
    (_S.ESTABLISHED, _C.FIN): _S.CLOSE_WAIT,
    (_S.FIN_WAIT_1, _C.ACK_OF_FIN): _S.FIN_WAIT_2,
    (_S.FIN_WAIT_1, _C.FIN): _S.CLOSING,
    (_S.FIN_WAIT_2, _C.FIN): _S.TIME_WAIT,
    (_S.FIN_WAIT_2, _C.TIMEOUT): _S.CLOSED,  # no arrow of the RFC's: the peer never ends
    (_S.CLOSE_WAIT, _C.CLOSE): _S.LAST_ACK,
    (_S.CLOSING, _C.ACK_OF_FIN): _S.TIME_WAIT,
    (_S.LAST_ACK, _C.ACK_OF_FIN): _S.CLOSED,
    (_S.TIME_WAIT, _C.TIMEOUT): _S.CLOSED,
    **{(state, _C.RESET): _S.CLOSED for state in _S if state not in (_S.CLOSED, _S.LISTEN)},
}


def next_state(state: TcpState, cause: Cause) -> TcpState:
    """The state that follows; KeyError when the cause has no place in this state."""
    return TRANSITIONS[state, cause]
