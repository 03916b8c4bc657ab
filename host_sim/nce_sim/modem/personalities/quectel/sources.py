"""Sources of Quectel's commands."""

from __future__ import annotations

from nce_sim.modem.commands.sources import STANDARD_SOURCES
from nce_sim.modem.sources import Manual, inferred, seen

TCPIP = Manual("BG95&BG77&BG600L TCP/IP Application Note V1.1")
BG95_MANUAL = Manual("BG95&BG77&BG600L AT Commands Manual V2.0")
BG96_MANUAL = Manual("BG96 AT Commands Manual")
CAT1_MANUAL = Manual("EC2x&EG9x AT Commands Manual V2.0")
BG96_PORT = "FreeRTOS Cellular's port for BG96"

BG95_SOURCES = {
    **STANDARD_SOURCES,
    **TCPIP.at("1.3", "O"),
    **TCPIP.at("2.3.3", "+QIDEACT"),
    **TCPIP.at("2.3.4", "+QIOPEN"),
    **TCPIP.at("2.3.5", "+QICLOSE"),
    **TCPIP.at("2.3.6", "+QISTATE"),
    **TCPIP.at("2.3.7", "+QISEND"),
    **TCPIP.at("2.3.8", "+QIRD"),
    **TCPIP.at("2.3.9", "+QISENDEX"),
    **TCPIP.at("2.3.11", "+QPING"),
    **TCPIP.at("3.13", "+QIGETERROR"),
    **TCPIP.corrected("2.11", "+QICFG"),
    **BG95_MANUAL.corrected("2.2", "+CTZU"),
    **BG95_MANUAL.corrected("2.5", "+QCSCON", "+CEREG"),
    **BG95_MANUAL.corrected("2.10", "+CREG", "+CGREG", "+CPSMS", "+QSCLK", "+IPR"),
    **BG95_MANUAL.corrected("2.8", "+CPMS"),
    **BG96_MANUAL.somewhere("+QGMR"),
    **seen(
        "1NCE's guide to BG95, help.1nce.com: bg95-m3-network-registration",
        "+QICSGP", "+QIACT", "+QCCID",
    ),
    **seen("a BG95-M5's answers, pastebin.com/LpeKYbYc", "+CCID", "+CBC"),
    **seen("Azure/embedded-wireless-framework, issue 20", "+QISDE"),
    **seen("vshymanskyy/TinyGSM, issue 157", "I"),
    **seen(BG96_PORT, "+QCFG", "+QCSQ", "+QIDNSCFG", "+QIDNSGIP", "+QPOWD", "+QPSMS", "+QURCCFG"),
    **seen(
        "public drivers and logs of the receivers of BG95, BG96 and EC2x",
        "+QGPS", "+QGPSEND", "+QGPSDEL", "+QGPSLOC",
    ),
    **seen("MikroTik's manual of the BG77 modem, by what the priority of either side does",
           "+QGPSCFG"),
    **seen(
        "TinyGSM, LooUQ's drivers and field logs of BG95 and BG96",
        "+QSSLCFG", "+QSSLOPEN", "+QSSLSEND", "+QSSLRECV", "+QSSLCLOSE", "+QSSLSTATE",
        "+QFUPL", "+QFDEL", "+QFLST",
    ),
    **inferred("as EC2x's and EG9x's", "+QENG", "+QINISTAT", "+QNWINFO", "+QSIMSTAT"),
}  # fmt: skip

CAT1_SOURCES = {
    **BG95_SOURCES,
    **CAT1_MANUAL.somewhere("+QURCCFG", "+QCSQ", "+QNWINFO", "+QENG", "+QSIMSTAT", "+QINISTAT"),
    **seen("public drivers and logs of the receivers of BG95, BG96 and EC2x", "+QGPSCFG"),
    **inferred("as BG95's, without release assistance", "+QISENDEX"),
    **inferred("as BG95's", "+QCSCON", "+CTZU", "+CPMS", "+CREG", "+CGREG", "+CEREG", "+QSCLK"),
    **inferred("as BG95's", "+IPR"),
}
