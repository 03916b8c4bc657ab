"""The content of a message as 1NCE's API has it: a payload with its data coding scheme.

user_data_of("hello", dcs=0, header=b"")
user_data_of("00ff10", dcs=4, header=b"")      # hexadecimal digits
"""

from __future__ import annotations

from nce_sim.wire.sms.user_data import EIGHT_BIT, GSM_7_BIT, UCS2, UserData

_ALPHABETS = (GSM_7_BIT, EIGHT_BIT, UCS2)


def user_data_of(payload: str, dcs: int, header: bytes) -> UserData:
    """The user data of one message; ValueError for what does not fit, or is not of `dcs`."""
    if dcs not in _ALPHABETS:
        raise ValueError(f"unknown dcs {dcs}; choose one of {', '.join(map(str, _ALPHABETS))}")
    if header and header[0] != len(header) - 1:
        raise ValueError(f"the header says {header[0]} octets follow, there are {len(header) - 1}")
    if dcs == EIGHT_BIT:
        return UserData.of_octets(bytes.fromhex(payload), dcs, header)
    return UserData.of_text(payload, dcs, header)
