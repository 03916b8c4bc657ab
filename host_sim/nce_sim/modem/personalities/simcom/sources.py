"""Sources of SIMCom's commands."""

from __future__ import annotations

from nce_sim.modem.commands.sources import STANDARD_SOURCES
from nce_sim.modem.sources import Manual, Mark, Source, inferred, seen

SIM7000_MANUAL = Manual("SIM7000 Series AT Command Manual")  # V1.03; V1.06 where a line says so
SIM7000_PING = Manual("SIM7000 Series PING Application Note V1.00")
SIM70X0_MANUAL = Manual("SIM7070_SIM7080_SIM7090 Series AT Command Manual V1.05")
SIM70X0_TCPUDP = Manual("SIM7070_SIM7080_SIM7090 Series TCPUDP(S) Application Note V1.03")
CATM_PAGES = Manual("SIMCom's CAT-M AT commands at momoiot.co.kr/catm-at/cmd")
A76XX = Manual("A76XX Series AT Command Manual V1.09")
RAT_GUIDE = "1NCE's guide to SIM7000G, help.1nce.com: sim7000g-rat-configuration"
PING_LOGS = "Xinyuan-LilyGO/LilyGo-Modem-Series, issues 178 and 236; OneOS's driver for SIM7600CE"
ZEPHYR = "Zephyr's driver for SIM7080"

_BOTH = {
    **STANDARD_SOURCES,
    **SIM70X0_MANUAL.corrected("2.1", "+CNMI"),
    **SIM70X0_MANUAL.corrected("2.2", "+CLTS"),
    **SIM70X0_MANUAL.corrected("2.3", "+CPSI"),
    **SIM70X0_MANUAL.corrected("2.5", "+CRRCSTATE"),
    **SIM70X0_MANUAL.corrected("2.6", "+CPSMS", "+CPSMSTATUS"),
    **SIM70X0_MANUAL.corrected("2.8", "+CPMS"),
    **SIM70X0_MANUAL.corrected("2.11", "+CRAI"),
    **SIM70X0_MANUAL.corrected("2.10", "+CSCLK", "+IPR"),
    **seen(RAT_GUIDE, "+CMNB", "+CNMP", "+CBANDCFG"),
    **seen("TinyGSM's drivers for SIM7000 and SIM7080", "+CCID", "I", "+CNSMOD", "+CPOWD"),
    **inferred("as SIM767x's, in Xinyuan-LilyGO/LilyGo-Modem-Series, issue 388", "+SIMCOMATI"),
}

SIM7000_SOURCES = {
    **_BOTH,
    # The chapter of the TCPIP application toolkit, read as an outline with its commands.
    **SIM7000_MANUAL.at(
        "8.2",
        "+CIPMUX", "+CIPSTART", "+CIPSEND", "+CIPQSEND", "+CIPACK", "+CIPCLOSE", "+CIPSHUT",
        "+CLPORT", "+CSTT", "+CIICR", "+CIFSR", "+CIPSTATUS", "+CDNSCFG", "+CDNSGIP", "+CIPHEAD",
        "+CIPSERVER", "+CIPSRIP", "+CIPUDPMODE", "+CIPRXGET",
    ),
    **SIM7000_PING.at("2.1", "+CIPPING"),
    **SIM7000_MANUAL.at("14.2.1", "+CGNSPWR"),
    **SIM7000_MANUAL.at("14.2.2", "+CGNSINF"),
    **SIM7000_MANUAL.at("14.2.5", "+CGNSCOLD"),
    **SIM7000_MANUAL.at("14.2.6", "+CGNSWARM"),
    **SIM7000_MANUAL.at("14.2.7", "+CGNSHOT"),
    **seen("1NCE's guide to SIM7000G, help.1nce.com: sim7000g-1nce-os-coap", "+CNACT"),
}  # fmt: skip

SIM70X0_SOURCES = {
    **_BOTH,
    **CATM_PAGES.at('"AT Commands for PING", C1901', "+SNPING4"),
    **SIM70X0_MANUAL.corrected("2.7", "+CARECV", "+CASRIP"),
    **SIM70X0_MANUAL.corrected("2.12", "+CAOPEN", "+CDNSGIP", "+CDNSPDPID"),
    **SIM70X0_MANUAL.somewhere("+SNPDPID"),
    **SIM70X0_TCPUDP.somewhere(
        "+CAACK", "+CACFG", "+CACLOSE", "+CASEND", "+CASERVER", "+CASTATE", "+CNACT", "+CNCFG",
    ),
    **seen("logs of SIM7070 and SIM7080: 18 fields", "+CGNSINF"),
    **inferred("as SIM7000's", "+CGNSPWR", "+CGNSCOLD", "+CGNSWARM", "+CGNSHOT"),
    **seen(ZEPHYR, "+CASSLCFG", "+CFSINIT", "+CFSTERM", "+CFSWFILE", "+CSSLCFG"),
    **seen("TinyGSM's driver for SIM7080", "+CACID", "+CDNSCFG", "+CREBOOT"),
    **inferred("as +CFSWFILE is written", "+CFSDFILE"),
}  # fmt: skip

A76XX_SOURCES = {
    **STANDARD_SOURCES,
    **A76XX.at("2.2.7", "I"),
    **A76XX.at("2.2.18", "+CGMR"),
    **A76XX.at("3.2.5", "+CPOF"),
    **A76XX.at("3.2.6", "+CRESET"),
    **A76XX.at("4.2.1", "+CREG"),
    **A76XX.at("4.2.7", "+CNMP"),
    **A76XX.at("4.2.9", "+CPSI"),
    **A76XX.at("4.2.11", "+CNSMOD"),
    **A76XX.at("4.2.12", "+CTZU"),
    **A76XX.at("5.2.1", "+CGREG"),
    **A76XX.at("5.2.2", "+CEREG"),
    **A76XX.at("6.2.1", "+CICCID"),
    **A76XX.at("9.2.9", "+CNMI"),
    **A76XX.at("10.2.9", "+CATR"),
    **A76XX.at("15.2.1", "+NETOPEN"),
    **A76XX.at("15.2.2", "+NETCLOSE"),
    **A76XX.at("15.2.3", "+CIPOPEN"),
    **A76XX.at("15.2.4", "+CIPSEND"),
    **A76XX.at("15.2.5", "+CIPRXGET"),
    **A76XX.at("15.2.6", "+CIPCLOSE"),
    **A76XX.at("15.2.7", "+IPADDR"),
    **A76XX.at("15.2.8", "+CIPHEAD"),
    **A76XX.at("15.2.9", "+CIPSRIP"),
    **A76XX.at("15.2.10", "+CIPMODE"),
    **A76XX.at("15.2.12", "+CIPTIMEOUT"),
    **A76XX.at("15.2.13", "+CIPCCFG"),
    **A76XX.at("15.2.16", "+CIPACK"),
    **A76XX.at("15.2.17", "+CDNSGIP"),
    **A76XX.at("15.2.22", "+CIPCFG"),
    **seen("A76XX AT manual V1.09, 24, as drivers quote it", "+CGNSSPWR", "+CGNSSINFO"),
    **seen(PING_LOGS, "+CPING"),
}

# SIM7600 has a manual of its own, which nobody has read.
SIM7600_SOURCES = {
    command: Source(Mark.INFERRED, f"as {source.where}")
    if source.where.startswith(A76XX.title)
    else source
    for command, source in A76XX_SOURCES.items()
} | seen("the SIM7500_SIM7600 manual, 16.1, in a translation", "+CGPS", "+CGPSINFO")
