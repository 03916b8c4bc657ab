"""Sources of u-blox's commands. Its manuals could not be read but for pages that others quote."""

from __future__ import annotations

from nce_sim.modem.commands.sources import STANDARD_SOURCES
from nce_sim.modem.sources import seen

UBXLIB = "u-blox/ubxlib 0237d5d"
MANUAL_PAGES = "pages of the SARA-R4 AT manual UBX-17003787, easymanua.ls/ublox/sara-r4-series"

SOURCES = {
    **STANDARD_SOURCES,
    **seen(MANUAL_PAGES, "+USOST", "+USORF", "+USOCL"),
    **seen("FactbirdHQ/atat, digest.rs", "+USORD"),
    **seen("vshymanskyy/TinyGSM, issue 296", "+USOWR"),
    **seen("arduino-libraries/MKRNB, pull request 37", "+USOCO"),
    **seen("u-blox's AT commands examples, as quoted at 1library.net", "+UDNSRN"),
    **seen("u-blox/ubxlib, issue 111", "+USECPRF", "+USOSEC"),
    **seen(
        UBXLIB,
        "I", "+CCID", "+CPWROFF", "+UBANDMASK", "+UDCONF", "+UMNOPROF", "+UPSD", "+UPSDA",
        "+USECMNG", "+UPSMR", "+UPSMVER", "+UPSND", "+UPSV", "+URAT", "+USOCR", "+USOCTL",
        "+USOER", "+USOLI",
    ),
    **seen("public drivers for u-blox's receivers beside a SARA", "+UGPS", "+ULOC"),
    **seen("FreeRTOS Cellular's port for SARA-R4", "+CSGT"),
    **seen("arduino-libraries/MKRNB, and a log of Particle's", "+UPING"),
}  # fmt: skip
