"""What to try when the network refuses a data session: its causes, most likely first.

A SIM without volume, a monthly limit and a wrong APN give one cause on the air (EMM 19; a bare
ERROR on many modems), so that the advice lists them all. An APN that the driver has just set and
read back is not blamed, unless it is none of 1NCE's.

    session_advice("iot.1nce.net")
"""

# New SIMs (Platform 2.0) have sensor.net, older ones iot.1nce.net. With the other one EMM 15, 19
# and barring were seen; registered with the right one (1NCE's documentation, field reports).
OLD_APN = "iot.1nce.net"
NEW_APN = "sensor.net"

VOLUME = "the SIM has used up its data volume, or it has expired: top it up in the 1NCE portal"
LIMIT = (
    "its monthly limit is reached: raise the limit in the 1NCE portal, or wait for the first day "
    "of the month"
)
SUBSCRIPTION = (
    "check the SIM in the 1NCE portal: it must be enabled, have volume and lifetime left, be "
    "allowed in this country and, with an IMEI lock, sit in the right device"
)
NO_LOGIN = "PDP type IP, no user, no password"


def session_advice(apn: str = "", names_apn: bool = False) -> str:
    """The remedies, most likely first.

    apn: the one in force, "" when that is unknown. names_apn: the cause itself speaks of the APN.
    """
    name = apn.lower().partition(".mnc")[0]  # the network may add `.mnc..gprs`
    causes = [VOLUME, LIMIT]
    if name in (OLD_APN, NEW_APN):
        other = NEW_APN if name == OLD_APN else OLD_APN
        about_apn = (
            "the APN %s is set, but this SIM may have the other one (new SIMs have %s, older ones "
            "%s): try %s" % (name, NEW_APN, OLD_APN, other)
        )
        causes.insert(0 if names_apn else 2, about_apn)
    elif name:
        about_apn = "the APN %s is none of 1NCE's: set %s, or %s for a new SIM (%s)" % (
            name, OLD_APN, NEW_APN, NO_LOGIN
        )  # fmt: skip
        causes.insert(0, about_apn)
    else:
        about_apn = "the APN is missing or wrong: set %s, or %s for a new SIM (%s)" % (
            OLD_APN, NEW_APN, NO_LOGIN
        )  # fmt: skip
        causes.insert(0, about_apn)
    causes.append(SUBSCRIPTION)
    numbered = ["%d) %s" % (index + 1, text) for index, text in enumerate(causes)]
    return "most likely first: " + "; ".join(numbered)
