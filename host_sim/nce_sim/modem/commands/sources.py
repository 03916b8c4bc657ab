"""Sources of the commands that the standards have."""

from __future__ import annotations

from nce_sim.modem.sources import Manual, seen

V250 = Manual("ITU-T V.250")
T31 = Manual("ITU-T T.31")
TS_27005 = Manual("3GPP TS 27.005")
TS_27007 = Manual("3GPP TS 27.007")

V250_SOURCES = {
    **V250.at("6.1.1", "Z"),
    **V250.at("6.1.2", "&F"),
    **V250.at("6.1.3", "I"),
    **V250.at("6.1.4", "+GMI"),
    **V250.at("6.1.5", "+GMM"),
    **V250.at("6.1.6", "+GMR"),
    **V250.at("6.1.7", "+GSN"),
    **V250.at("6.1.9", "+GCAP"),
    **V250.at("6.2.1", "S3"),
    **V250.at("6.2.2", "S4"),
    **V250.at("6.2.3", "S5"),
    **V250.at("6.2.4", "E"),
    **V250.at("6.2.5", "Q"),
    **V250.at("6.2.6", "V"),
    **V250.at("6.2.7", "X"),
    **V250.at("6.2.8", "&C"),
    **V250.at("6.2.9", "&D"),
    **V250.at("6.2.10", "+IPR"),
    **V250.at("6.2.11", "+ICF"),
    **V250.at("6.2.12", "+IFC"),
    **V250.at("6.3.1", "D"),
    **V250.at("6.3.5", "A"),
    **V250.at("6.3.6", "H"),
    **V250.at("6.3.7", "O"),
    **V250.at("6.3.8", "S0"),
    # What it is for; which of its values a modem without fax has is inferred.
    **T31.at("8.2", "+FCLASS"),
    # No standard has them.
    **seen("a BG95-M5's AT&V and list of commands, pastebin.com/LpeKYbYc", "&V", "&W"),
}

PHONE_SOURCES = {
    **TS_27007.at("5.1", "+CGMI"),
    **TS_27007.at("5.2", "+CGMM"),
    **TS_27007.at("5.3", "+CGMR"),
    **TS_27007.at("5.4", "+CGSN"),
    **TS_27007.at("5.5", "+CSCS"),
    **TS_27007.at("5.6", "+CIMI"),
    **TS_27007.at("5.9", "+WS46"),
    **TS_27007.at("6.5", "+CHUP"),
    **TS_27007.at("6.10", "+CEER"),
    **TS_27007.at("7.1", "+CNUM"),
    **TS_27007.at("7.2", "+CREG"),
    **TS_27007.at("7.3", "+COPS"),
    **TS_27007.at("7.4", "+CLCK"),
    **TS_27007.at("7.5", "+CPWD"),
    **TS_27007.at("7.18", "+CLCC"),
    **TS_27007.at("7.38", "+CPSMS"),
    **TS_27007.at("7.40", "+CEDRXS"),
    **TS_27007.at("7.41", "+CEDRXRDP"),
    **TS_27007.at("8.1", "+CPAS"),
    **TS_27007.at("8.2", "+CFUN"),
    **TS_27007.at("8.3", "+CPIN"),
    **TS_27007.at("8.4", "+CBC"),
    **TS_27007.at("8.5", "+CSQ"),
    **TS_27007.at("8.9", "+CIND"),
    **TS_27007.at("8.10", "+CMER"),
    **TS_27007.at("8.15", "+CCLK"),
    **TS_27007.at("8.17", "+CSIM"),
    **TS_27007.at("8.18", "+CRSM"),
    **TS_27007.at("8.32", "+CSGT"),
    **TS_27007.at("8.37", "+CLAC"),
    **TS_27007.at("8.40", "+CTZU"),
    **TS_27007.at("8.41", "+CTZR"),
    **TS_27007.at("8.65", "+CPINR"),
    **TS_27007.at("8.69", "+CESQ"),
    **TS_27007.at("9.1", "+CMEE"),
}

PACKET_SOURCES = {
    **TS_27007.at("10.1.1", "+CGDCONT"),
    **TS_27007.at("10.1.9", "+CGATT"),
    **TS_27007.at("10.1.10", "+CGACT"),
    **TS_27007.at("10.1.14", "+CGPADDR"),
    **TS_27007.at("10.1.19", "+CGEREP"),
    **TS_27007.at("10.1.20", "+CGREG"),
    **TS_27007.at("10.1.22", "+CEREG"),
    **TS_27007.at("10.1.23", "+CGCONTRDP"),
    **TS_27007.at("10.1.30", "+CSCON"),
    **TS_27007.at("10.1.31", "+CGAUTH"),
}

MESSAGE_SOURCES = {
    **TS_27005.at("3.2.1", "+CSMS"),
    **TS_27005.at("3.2.2", "+CPMS"),
    **TS_27005.at("3.2.3", "+CMGF"),
    **TS_27005.at("3.3.1", "+CSCA"),
    **TS_27005.at("3.3.2", "+CSMP"),
    **TS_27005.at("3.3.3", "+CSDH"),
    **TS_27005.at("3.3.4", "+CSCB"),
    **TS_27005.at("3.3.5", "+CSAS"),
    **TS_27005.at("3.3.6", "+CRES"),
    **TS_27005.at("3.4.1", "+CNMI"),
    **TS_27005.at("3.4.2", "+CMGL"),
    **TS_27005.at("3.4.3", "+CMGR"),
    **TS_27005.at("3.4.4", "+CNMA"),
    **TS_27005.at("3.5.1", "+CMGS"),
    **TS_27005.at("3.5.2", "+CMSS"),
    **TS_27005.at("3.5.3", "+CMGW"),
    **TS_27005.at("3.5.4", "+CMGD"),
    **TS_27005.at("3.5.6", "+CMMS"),
}

STANDARD_SOURCES = {**V250_SOURCES, **PHONE_SOURCES, **PACKET_SOURCES, **MESSAGE_SOURCES}
