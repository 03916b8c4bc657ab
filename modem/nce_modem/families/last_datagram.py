"""The last datagram of an exchange, sent with the hint that it is (release assistance, RAI).

TS 24.301, 9.9.4.25, for NB-IoT. Quectel: AT+QISENDEX; SIMCom: AT+CRAI before the send; other
families have a hook `send_last`. A hint must not cost a datagram: where the modem or the radio
access has none, the datagram is sent as any other.
"""

from nce_modem.errors import CommandFailed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, DatagramSocket, Modem

NB_IOT_ACT = 9  # TS 27.007, 7.3
# By the answers that are awaited: none, one.
RELEASES = (1, 2)
MOST_IN_HEXADECIMAL = 256  # bytes: AT+QISENDEX takes 512 digits


async def quectel(modem: "Modem", socket: "DatagramSocket", data: bytes, release: int) -> bool:
    """`AT+QISENDEX=<id>,"<hex>",<rai>`; False when it was not sent."""
    if len(data) > MOST_IN_HEXADECIMAL:
        return False
    text = 'AT+QISENDEX=%d,"%s",%d' % (socket.socket_id, data.hex().upper(), release)
    try:
        await modem.family.ask(modem.link, text, success=("SEND OK",), is_idempotent=False)
    except CommandFailed as error:
        if error.final == "SEND FAIL":
            raise
        return False
    return True


async def simcom(modem: "Modem", socket: "DatagramSocket", data: bytes, release: int) -> bool:
    """`AT+CRAI=<rai>,0`: for the next datagram alone."""
    await modem.family.ask_fields(modem.link, "AT+CRAI=%d,0" % release)
    return False


# By `Profile.radio`.
HINTS = {"quectel": quectel, "simcom": simcom}


async def send_last(modem: "Modem", socket: "DatagramSocket", data: bytes, answers: int) -> None:
    """Send a datagram after which `answers` (0 or 1) are awaited, with the hint where it helps."""
    family: "Any" = modem.family
    if hasattr(family, "send_last"):
        await family.send_last(modem.link, socket, data, answers)
        return
    found = modem.registrations.registered
    hint = HINTS.get(family.profile.radio)
    if hint is not None and found is not None and found.act == NB_IOT_ACT:
        if await hint(modem, socket, data, RELEASES[answers]):
            return
    await family.send(modem.link, socket, data, socket.peer)
