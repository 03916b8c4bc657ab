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
    return codes[rats[0]]  # pyright: ignore[reportGeneralTypeIssues]  (rows differ)


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
    """Restrict the search as the owner asked, once after each start, with the radio off.

    Where a choice counts from the next start (`RESTARTS`), it is written only when it differs, and
    the modem is restarted once. Raises `UsageError` when it reads back something else.
    """
    if modem.link.memory.get("radio"):
        return
    family, link = modem.family, modem.link
    wanted = commands(family.profile.radio, modem.rats, modem.bands)
    radio_off, restarts = RESTARTS.get(family.profile.radio, ("AT+CFUN=4", ()))
    missing = []
    for text in wanted:
        if not (restarts and await _is_stored(modem, text)):
            missing.append(text)
    if missing:
        await family.ask_fields(link, radio_off)
        modem.registrations.forget()
        for text in missing:
            await family.ask(link, text)
        if restarts:
            await _restart(modem, restarts)
            for text in missing:
                if await _is_stored(modem, text) is False:
                    message = "the modem did not keep %s; it has no such radio access or band"
                    raise UsageError(message % text)
    link.memory["radio"] = True


# By `Profile.radio`: what switches the radio off, and what restarts the modem, tried in turn.
RESTARTS = {
    # A reset that keeps the settings: 16 with the SIM (SARA-R5), 15 without (SARA-R4).
    "ublox": ("AT+CFUN=4", ("AT+CFUN=16", "AT+CFUN=15")),
    "sequans": ("AT+CFUN=0", ("AT^RESET",)),
}


async def _restart(modem: "Modem", restarts: "tuple[str, ...]") -> None:
    from nce_modem.power import restart

    for text in restarts:
        try:
            await restart(modem, text, "its radio access and bands")
            return
        except CommandFailed:
            if text == restarts[-1]:
                raise


async def _is_stored(modem: "Modem", text: str) -> "bool | None":
    """Whether the modem has what `text` would set; None when it does not say.

    `+URAT: 7,8`, `+UBANDMASK: 0,<mask>,1,<mask>` and `+SQNBANDSEL: <rat>,standard,"3,20"`.
    """
    name, _, value = text.partition("=")
    wanted = value.replace('"', "").split(",")
    found = await modem.family.ask_fields(modem.link, name + "?")
    if name == "AT+SQNBANDSEL":
        found = [",".join(values).split(",") for values in found]
        found = [values for values in found if values[:1] == wanted[:1]]
    elif name == "AT+UBANDMASK" and found:
        pairs = found[-1]
        found = [pairs[at : at + 2] for at in range(0, len(pairs), 2) if pairs[at] == wanted[0]]
    return wanted in found if found else None
