"""Restricts the modem to given radio access and bands; without it the modem chooses.

    modem = Modem(board, rats=("LTE-M",), bands=(3, 8, 20))

Loaded only when asked for. Each family's commands from its AT manual; run with the radio off.
"""

from nce_modem.errors import CommandFailed, UsageError

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem


RATS = ("LTE-M", "NB-IoT", "GSM")


def band_mask(bands: "tuple[int, ...]") -> int:
    """The bit mask of bands: bit 0 is band 1."""
    mask = 0
    for band in bands:
        mask |= 1 << (band - 1)
    return mask


def quectel(rats: "tuple[str, ...]", bands: "tuple[int, ...]") -> "list[str]":
    found = []
    if rats:
        codes = {"GSM": "01", "LTE-M": "02", "NB-IoT": "03"}
        mode = 0 if "GSM" in rats and len(rats) > 1 else 1 if rats == ("GSM",) else 3
        found.append('AT+QCFG="nwscanmode",%d,1' % mode)
        found.append('AT+QCFG="nwscanseq",%s,1' % "".join(codes[rat] for rat in rats))
        if mode != 1:
            optimal = 2 if "LTE-M" in rats and "NB-IoT" in rats else int("NB-IoT" in rats)
            found.append('AT+QCFG="iotopmode",%d,1' % optimal)
    if bands:
        found.append('AT+QCFG="band",F,%x,%x,1' % (band_mask(bands), band_mask(bands)))
    return found


def simcom(rats: "tuple[str, ...]", bands: "tuple[int, ...]") -> "list[str]":
    found = []
    if rats:
        lte = "LTE-M" in rats or "NB-IoT" in rats
        found.append("AT+CNMP=%d" % (38 if "GSM" not in rats else 51 if lte else 13))
        if lte:
            both = "LTE-M" in rats and "NB-IoT" in rats
            found.append("AT+CMNB=%d" % (3 if both else 1 if "LTE-M" in rats else 2))
    if bands:
        text = ",".join(str(band) for band in bands)
        for rat, name in (("LTE-M", "CAT-M"), ("NB-IoT", "NB-IOT")):
            if not rats or rat in rats:
                found.append('AT+CBANDCFG="%s",%s' % (name, text))
    return found


def ublox(rats: "tuple[str, ...]", bands: "tuple[int, ...]") -> "list[str]":
    found = []
    if rats:
        codes = {"LTE-M": "7", "NB-IoT": "8", "GSM": "9"}
        found.append("AT+URAT=%s" % ",".join(codes[rat] for rat in rats))
    for number, rat in enumerate(("LTE-M", "NB-IoT")):
        if bands and (not rats or rat in rats):
            found.append("AT+UBANDMASK=%d,%d" % (number, band_mask(bands)))
    return found


def nordic(rats: "tuple[str, ...]", bands: "tuple[int, ...]") -> "list[str]":
    found = []
    if rats:
        found.append("AT%%XSYSTEMMODE=%d,%d,0,0" % ("LTE-M" in rats, "NB-IoT" in rats))
    if bands:
        bits = "".join("1" if band in bands else "0" for band in range(88, 0, -1))
        found.append('AT%%XBANDLOCK=1,"%s"' % bits)
    return found


def sequans(rats: "tuple[str, ...]", bands: "tuple[int, ...]") -> "list[str]":
    found = []
    if rats:
        found.append("AT+SQNMODEACTIVE=%d" % (1 if "LTE-M" in rats else 2))
    for number, rat in enumerate(("LTE-M", "NB-IoT")):
        if bands and (not rats or rat in rats):
            text = ",".join(str(band) for band in bands)
            found.append('AT+SQNBANDSEL=%d,"standard","%s"' % (number, text))
    return found


# By `Profile.radio`.
COMMANDS = {
    "quectel": quectel,
    "simcom": simcom,
    "ublox": ublox,
    "nordic": nordic,
    "sequans": sequans,
}


def commands(radio: str, rats: "tuple[str, ...]", bands: "tuple[int, ...]") -> "list[str]":
    """The commands that restrict the search; raises `UsageError` for an unknown choice."""
    for rat in rats:
        if rat not in RATS:
            raise UsageError("unknown radio access %r; use one of %s" % (rat, ", ".join(RATS)))
    for band in bands:
        if not isinstance(band, int) or not 1 <= band <= 88:
            raise UsageError("unknown band %r; give numbers from 1 to 88" % (band,))
    if radio not in COMMANDS:
        raise UsageError("this family has no commands for rats and bands; leave both out")
    return COMMANDS[radio](tuple(rats), tuple(bands))


async def choose(modem: "Modem") -> None:
    """Restrict the search as the owner asked, once after each start, with the radio off."""
    if modem.link.memory.get("radio"):
        return
    family, link = modem.family, modem.link
    try:
        await family.ask(link, "AT+CFUN=4")
    except CommandFailed:
        pass
    modem.registrations.forget()
    for text in commands(family.profile.radio, modem.rats, modem.bands):
        await family.ask(link, text)
    link.memory["radio"] = True
