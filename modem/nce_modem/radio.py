"""Restricts the modem to given radio access and bands; without it the modem chooses.

    modem = Modem(board, rats=("LTE-M",), bands=(3, 8, 20))

Loaded only when asked for. Each family's commands from its AT manual; run with the radio off.
"""

from nce_modem.errors import CommandFailed, UsageError

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem


LPWA = ("LTE-M", "NB-IoT")
LPWA_OR_GSM = LPWA + ("GSM",)
CAT_1 = ("LTE", "UMTS", "GSM")


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


def _one_of(rats: "tuple[str, ...]", codes: "dict[str, int]", all_code: int) -> int:
    """The code of one radio access, or of all; these modems have none for two of three."""
    if len(rats) == len(CAT_1):
        return all_code
    if len(rats) > 1:
        raise UsageError("this family takes one radio access or all; leave rats out for all")
    return codes[rats[0]]


def quectel_cat1(rats: "tuple[str, ...]", bands: "tuple[int, ...]") -> "list[str]":
    found = []
    if rats:
        mode = _one_of(rats, {"GSM": 1, "UMTS": 2, "LTE": 3}, 0)
        found.append('AT+QCFG="nwscanmode",%d,1' % mode)
    if bands:
        found.append('AT+QCFG="band",0,%x,0,1' % band_mask(bands))  # 0: no change
    return found


def simcom_cat1(rats: "tuple[str, ...]", bands: "tuple[int, ...]") -> "list[str]":
    found = []
    if rats:
        found.append("AT+CNMP=%d" % _one_of(rats, {"GSM": 13, "UMTS": 14, "LTE": 38}, 2))
    if bands:
        # The bands of 2G and 3G stay: any of them.
        digits = ("0" * 16 + "%X" % band_mask(bands))[-16:]
        found.append("AT+CNBP=0XFFFFFFFF7FFFFFFF,0X" + digits)
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


# By `Profile.radio`: the commands, the radio access there is, the last band of theirs.
COMMANDS = {
    "quectel": (quectel, LPWA_OR_GSM, 88),
    "quectel_cat1": (quectel_cat1, CAT_1, 64),
    "simcom": (simcom, LPWA_OR_GSM, 88),
    "simcom_cat1": (simcom_cat1, CAT_1, 43),
    "ublox": (ublox, LPWA_OR_GSM, 88),
    "nordic": (nordic, LPWA, 88),
    "sequans": (sequans, LPWA, 88),
}


def commands(radio: str, rats: "tuple[str, ...]", bands: "tuple[int, ...]") -> "list[str]":
    """The commands that restrict the search; raises `UsageError` for an unknown choice."""
    if radio not in COMMANDS:
        raise UsageError("this family has no commands for rats and bands; leave both out")
    write, known, last_band = COMMANDS[radio]
    for rat in rats:
        if rat not in known:
            raise UsageError("unknown radio access %r; use one of %s" % (rat, ", ".join(known)))
    for band in bands:
        if not isinstance(band, int) or not 1 <= band <= last_band:
            raise UsageError("unknown band %r; give numbers from 1 to %d" % (band, last_band))
    return write(tuple(rats), tuple(bands))


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
