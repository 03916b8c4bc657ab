"""The AT engine: bytes and time in; answers, unsolicited results and deadlines out.

ITU-T V.250, 3GPP TS 27.007 and 27.005. Nothing here knows a modem family or does I/O.
"""
