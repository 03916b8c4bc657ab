"""Sources of Nordic's commands: of the modem, and of the three applications in front of it."""

from __future__ import annotations

from nce_sim.modem.commands.sources import STANDARD_SOURCES
from nce_sim.modem.sources import Manual, inferred, seen

MODEM = Manual("nRF9160 AT Commands, Command Reference Guide (mfw 1.0 to 1.2)")
NRF91X1 = Manual("nRF91x1 CIoT and Positioning AT Commands v0.8")
NRF91X1_PAGES = Manual("docs.nordicsemi.com, nRF91x1 Cellular AT Commands")
SLM_DOC = "nrfconnect/sdk-nrf, applications/serial_lte_modem/doc"
OLD_SOCKETS = Manual(f"{SLM_DOC}/TCPIP_AT_commands.rst")
SLM_SOCKETS = Manual(f"{SLM_DOC}/SOCKET_AT_commands.rst")
SLM_GENERIC = Manual(f"{SLM_DOC}/Generic_AT_commands.rst")
SLM_GNSS = Manual(SLM_DOC)
SM_DOC = "nrfconnect/ncs-serial-modem, doc/app"
SM_SOCKETS = Manual(f"{SM_DOC}/at_socket.rst")
SM_GENERIC = Manual(f"{SM_DOC}/at_generic.rst")
SM_SMS = Manual(f"{SM_DOC}/at_sms.rst")
SM_GNSS = Manual(SM_DOC)
SM_ICMP = Manual(f"{SM_DOC}/at_icmp.rst")
SLM_SOURCE = "nrfconnect/sdk-nrf, applications/serial_lte_modem/src"
SM_SOURCE = "nrfconnect/ncs-serial-modem e23c2bd, app/src"
TINYGSM_486 = "vshymanskyy/TinyGSM, issue 486"

MODEM_SOURCES = {
    **STANDARD_SOURCES,
    **MODEM.at("5.1", "+CFUN"),
    **MODEM.at("5.2", "+CPIN"),
    **MODEM.at("5.3", "+CPINR"),
    **MODEM.at("5.4", "+CLAC"),
    **MODEM.at("5.5", "+CESQ"),
    **MODEM.at("5.6", "%CESQ"),
    **MODEM.at("5.9", "+CRSM"),
    **MODEM.at("5.10", "+CSIM"),
    **MODEM.at("5.11", "+CPAS"),
    **MODEM.at("5.12", "+CIND"),
    **MODEM.at("5.16", "+CEMODE"),
    **MODEM.at("5.20", "%XBANDLOCK"),
    **MODEM.at("5.28", "%CMNG"),
    **MODEM.at("5.31", "+CCLK"),
    **MODEM.at("5.36", "%XSYSTEMMODE"),
    **MODEM.at("5.37", "%XPTW"),
    **MODEM.at("7.4", "+CGACT"),
    **MODEM.at("7.8", "+CGPADDR"),
    **MODEM.at("7.9", "+CGCONTRDP"),
    **MODEM.at("7.10", "+CGATT"),
    **MODEM.at("7.16", "+CGAUTH"),
    **MODEM.at("7.17", "+CSCON"),
    **MODEM.at("8.1", "+COPS"),
    **MODEM.at("8.3", "+CPSMS"),
    **MODEM.at("8.4", "+CEDRXS"),
    **MODEM.at("8.5", "+CEDRXRDP"),
    **MODEM.at("8.6", "+CNUM"),
    **MODEM.at("8.8", "+CLCK"),
    **MODEM.at("8.9", "+CPWD"),
    **MODEM.at("8.10", "+CEREG"),
    **MODEM.at("8.12", "%XTIME"),
    **MODEM.at("8.15", "%XMONITOR"),
    **MODEM.at("9.1", "+CMEE"),
    **MODEM.at("9.2", "+CNEC"),
    **MODEM.at("9.3", "+CEER"),
    **MODEM.at("10.1", "+CMGF"),
    **MODEM.at("10.2", "+CNMI"),
    **MODEM.at("10.3", "+CMGS"),
    **MODEM.at("10.6", "+CNMA"),
    **MODEM.at("10.8", "+CPMS"),
    **MODEM.at("10.11", "%XSMMA"),
    **MODEM.corrected("1.3", "%XMODEMSLEEP"),
    **NRF91X1_PAGES.at('"nw_service/rai_set"', "%RAI"),
    **NRF91X1_PAGES.at('"access_uicc/xiccid_set"', "%XICCID"),
    **NRF91X1_PAGES.at('"packet_domain/cgerep_set"', "+CGEREP"),
    **NRF91X1.at("4.5", "%SHORTSWVER"),
    **NRF91X1.at("4.6", "%HWVERSION"),
    **seen(TINYGSM_486, "#XRESET"),
    **seen("nrfconnect/sdk-nrf, lib/lte_link_control", "%MDMEV"),
    **inferred("as other families': the modem's guide has none of them", "+CTZR", "+GSN"),
    **inferred("as other families': the modem's guide has none of them", "+ICF", "+IFC", "+IPR"),
}

SLM1_SOURCES = {
    **MODEM_SOURCES,
    **OLD_SOCKETS.at('"Socket #XSOCKET"', "#XSOCKET"),
    **OLD_SOCKETS.at('"Socket options #XSOCKETOPT"', "#XSOCKETOPT"),
    **OLD_SOCKETS.at('"Socket binding #XBIND"', "#XBIND"),
    **OLD_SOCKETS.at('"TCP connection #XCONNECT"', "#XCONNECT"),
    **OLD_SOCKETS.at('"TCP set listen mode #XLISTEN"', "#XLISTEN"),
    **OLD_SOCKETS.at('"TCP accept incoming connection #XACCEPT"', "#XACCEPT"),
    **OLD_SOCKETS.at('"Send data #XSEND"', "#XSEND"),
    **OLD_SOCKETS.at('"Receive data #XRECV"', "#XRECV"),
    **OLD_SOCKETS.at('"UDP Send data #XSENDTO"', "#XSENDTO"),
    **OLD_SOCKETS.at('"UDP receive data #XRECVFROM"', "#XRECVFROM"),
    **OLD_SOCKETS.at('"Resolve hostname #XGETADDRINFO"', "#XGETADDRINFO"),
    **SLM_GENERIC.at('"SLM version #XSLMVER"', "#XSLMVER"),
    **SLM_GENERIC.at('"Power saving #XSLEEP"', "#XSLEEP"),
    **seen(f"{SLM_SOURCE}, slm_at_icmp.c", "#XPING"),
    **inferred("as the later SLM's", "#XSHUTDOWN"),
    **SLM_GNSS.at('"GNSS AT commands"', "#XGPS", "#XGPSDEL"),
}

SLM2_SOURCES = {
    **MODEM_SOURCES,
    **SLM_GNSS.at('"GNSS AT commands"', "#XGPS", "#XGPSDEL"),
    **SLM_SOCKETS.at('"Socket #XSOCKET"', "#XSOCKET"),
    **SLM_SOCKETS.at('"Secure socket #XSSOCKET"', "#XSSOCKET"),
    **SLM_SOCKETS.at('"Select Socket #XSOCKETSELECT"', "#XSOCKETSELECT"),
    **SLM_SOCKETS.at('"Socket options #XSOCKETOPT"', "#XSOCKETOPT"),
    **SLM_SOCKETS.at('"Secure socket options #XSSOCKETOPT"', "#XSSOCKETOPT"),
    **SLM_SOCKETS.at('"Socket binding #XBIND"', "#XBIND"),
    **SLM_SOCKETS.at('"Connection #XCONNECT"', "#XCONNECT"),
    **SLM_SOCKETS.at('"Set listen mode #XLISTEN"', "#XLISTEN"),
    **SLM_SOCKETS.at('"Accept connection #XACCEPT"', "#XACCEPT"),
    **SLM_SOCKETS.at('"Send data #XSEND"', "#XSEND"),
    **SLM_SOCKETS.at('"Receive data #XRECV"', "#XRECV"),
    **SLM_SOCKETS.at('"UDP send data #XSENDTO"', "#XSENDTO"),
    **SLM_SOCKETS.at('"UDP receive data #XRECVFROM"', "#XRECVFROM"),
    **SLM_SOCKETS.at('"Poll sockets #XPOLL"', "#XPOLL"),
    **SLM_SOCKETS.at('"Resolve hostname #XGETADDRINFO"', "#XGETADDRINFO"),
    **seen(f"{SLM_SOURCE}, 0356402", "#XSHUTDOWN", "#XSMS", "#XPING"),
    **SLM_GENERIC.at('"SLM version #XSLMVER"', "#XSLMVER"),
    **SLM_GENERIC.at('"Power saving #XSLEEP"', "#XSLEEP"),
}

SM_SOURCES = {
    **MODEM_SOURCES,
    **SM_GNSS.at('"GNSS AT commands"', "#XGNSS", "#XGNSSDEL"),
    **SM_SOCKETS.at('"Socket #XSOCKET"', "#XSOCKET"),
    **SM_SOCKETS.at('"Secure socket #XSSOCKET"', "#XSSOCKET"),
    **SM_SOCKETS.at('"Close socket #XCLOSE"', "#XCLOSE"),
    **SM_SOCKETS.at('"Socket options #XSOCKETOPT"', "#XSOCKETOPT"),
    **SM_SOCKETS.at('"Secure socket options #XSSOCKETOPT"', "#XSSOCKETOPT"),
    **SM_SOCKETS.at('"Receive data #XRECV"', "#XRECV"),
    **SM_SOCKETS.at('"UDP send data #XSENDTO"', "#XSENDTO"),
    **SM_SOCKETS.at('"UDP receive data #XRECVFROM"', "#XRECVFROM"),
    **SM_SOCKETS.at('"Asynchronous socket polling #XAPOLL"', "#XAPOLL"),
    **SM_SOCKETS.at('"Configure socket receive #XRECVCFG"', "#XRECVCFG"),
    **SM_SOCKETS.at('"Resolve hostname #XGETADDRINFO"', "#XGETADDRINFO"),
    **SM_SOCKETS.at('"Socket listen #XLISTEN"', "#XLISTEN"),
    **SM_SOCKETS.at('"Socket accept #XACCEPT"', "#XACCEPT"),
    **seen(SM_SOURCE, "#XBIND", "#XCONNECT", "#XSEND"),
    **SM_SMS.at('"SMS support #XSMS"', "#XSMS"),
    **SM_GENERIC.at('"UART baud rate AT+IPR"', "+IPR"),
    **SM_GENERIC.at('"|SM| echo E0/E1"', "E"),
    **SM_GENERIC.at('"|SM| version #XSMVER"', "#XSMVER"),
    **SM_GENERIC.at('"Power saving #XSLEEP"', "#XSLEEP"),
    **SM_GENERIC.at('"Power off #XSHUTDOWN"', "#XSHUTDOWN"),
    **SM_GENERIC.at('"Reset #XRESET"', "#XRESET"),
    **SM_ICMP.at('"ICMP echo request #XPING"', "#XPING"),
}
