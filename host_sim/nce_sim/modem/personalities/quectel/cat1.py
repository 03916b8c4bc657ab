"""Quectel EC21, EC25, EG91 and EG95: LTE Cat 1 (Cat 4: EC25) with 3G and 2G behind it.

EC2x&EG9x AT commands manual V2.0 where it differs from BG95's: URCs go to the USB port until
`AT+QURCCFG="urcport","uart1"`, no PSM, no eDRX, no release assistance, no choice of IoT network.

+QCFG +QCSQ +QNWINFO +QENG +QISENDEX
"""

from __future__ import annotations

import dataclasses
from types import MappingProxyType
from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Steps
from nce_sim.modem.personalities.quectel import device, positioning, socket_commands
from nce_sim.modem.personalities.quectel.bg95 import BG95, BG95Hooks
from nce_sim.modem.personalities.quectel.context_commands import sockets_of
from nce_sim.modem.personalities.quectel.memory import (
    QCFG_DEFAULTS,
    Configuration,
    QuectelNvm,
)
from nce_sim.modem.personalities.quectel.sockets import Kind
from nce_sim.modem.personalities.quectel.sources import CAT1_SOURCES
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.registration import MINIMUM

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.network.cell import Cell

COMMANDS = CommandTable()

USB_PORT, MAIN_UART = "usbat", "uart1"
BANNER = "RDY"
# Settings of BG95 that are about LTE-M, NB-IoT and PSM.
NOT_HERE = ("iotopmode", "celevel", "psm/enter", "psm/urc", "psm/threshold", "nccconf", "lapiconf")
# AT+QCFG="nwscanmode": automatic, GSM, WCDMA, LTE. (D)
SCANNED_RATS = {"0": ("2G", "3G", "LTE"), "1": ("2G",), "2": ("3G",), "3": ("LTE",)}
# AT+QNWINFO <Act> and the name of a band; AT+QCSQ and AT+QENG call the access otherwise. (D)
ACCESS_NAMES = {"2G": "EDGE", "3G": "WCDMA", "LTE": "FDD LTE"}
BAND_NAMES = {"2G": "GSM", "3G": "WCDMA", "LTE": "LTE BAND"}
SYSTEM_NAMES = {"2G": "GSM", "3G": "WCDMA", "LTE": "LTE"}


class Cat1Configuration(Configuration):
    """`AT+QCFG` of these modems."""

    def __init__(self) -> None:
        super().__init__()
        self.texts = {name: QCFG_DEFAULTS[name] for name in QCFG_DEFAULTS if name not in NOT_HERE}
        self.texts["nwscanseq"] = "040301"
        self.texts["band"] = "0x260,0x80085,0x0"

    @property
    def rats(self) -> tuple[str, ...]:
        """The access technologies that are scanned."""
        return SCANNED_RATS.get(self.texts["nwscanmode"].strip(), ())

    @property
    def tells_psm_timers(self) -> bool:
        """Never: there is no PSM."""
        return False


def _as_delivered() -> QuectelNvm:
    return QuectelNvm(configuration=Cat1Configuration(), urc_port=USB_PORT)


@COMMANDS.add("+QCSQ")
def signal(modem: Modem, command: Command) -> None:
    """`AT+QCSQ`: what the access has: RSSI; with RSCP and Ec/Io; with RSRP, SINR and RSRQ. (D)

    The manual's own examples, and logs, have an RSSI without its sign. (D, S)
    """
    cell = modem.radio.cell
    if cell is None:
        modem.info('+QCSQ: "NOSERVICE"')
        return
    fields: list[object] = [f'"{SYSTEM_NAMES[cell.rat]}"', abs(cell.rssi_dbm)]
    if cell.rat == "3G":
        fields += [cell.rsrp_dbm, -6]
    elif cell.rat == "LTE":
        fields += [cell.rsrp_dbm, (cell.sinr_db + 20) * 5, f"{cell.rsrq_db:.0f}"]
    modem.info(f"+QCSQ: {','.join(map(str, fields))}")


@COMMANDS.add("+QNWINFO")
def network(modem: Modem, command: Command) -> None:
    """`AT+QNWINFO`: access, operator, band and channel. (D)"""
    device.tell_network(modem, command, ACCESS_NAMES, BAND_NAMES)


@COMMANDS.add("+QENG")
def serving_cell(modem: Modem, command: Command) -> None:
    """`AT+QENG="servingcell"`: the cell in use, of LTE with all its figures. (D)"""
    if command.form is not Form.SET or command.arguments.text(0) != "servingcell":
        raise CommandFailed()
    cell = modem.radio.cell
    if cell is None:
        modem.info('+QENG: "servingcell","SEARCH"')
        return
    place = f"{cell.plmn[:3]},{cell.plmn[3:]}"
    head = f'+QENG: "servingcell","NOCONN","{SYSTEM_NAMES[cell.rat]}"'
    if cell.rat == "LTE":
        modem.info(
            f'{head},"FDD",{place},{cell.ci:X},{cell.pci},{cell.earfcn},{cell.band},5,5,'
            f"{cell.tac:X},{cell.rsrp_dbm},{cell.rsrq_db:.0f},{cell.rssi_dbm},{cell.sinr_db},-"
        )
    else:
        modem.info(f"{head},{place},{cell.tac:X},{cell.ci:X},{cell.earfcn},{cell.pci}")


@COMMANDS.add("+QISENDEX")
def send_hex(modem: Modem, command: Command) -> Steps:
    """`AT+QISENDEX`: as BG95's, without release assistance. (I)"""
    if command.form is Form.SET:
        socket = sockets_of(modem).by_id.get(command.arguments.integer(0, 0, 11))
        if socket is not None and socket.kind is Kind.UDP and len(command.arguments) > 2:
            raise ArgumentMistake("release assistance is not of this modem")
    return (yield from socket_commands.send_hex(modem, command))


class Cat1Hooks(BG95Hooks):
    """What they do on their own."""

    def sees(self, modem: Modem, cell: Cell) -> bool:
        return cell.rat in modem.nvm.of(QuectelNvm).configuration.rats

    def shows_urc(self, modem: Modem, text: str) -> bool:
        # The banner comes on every port (I); all else where "urcport" says, which is kept (D).
        return text == BANNER or modem.nvm.of(QuectelNvm).urc_port == MAIN_UART

    def receiver_is_blocked(self, modem: Modem) -> bool:
        return False  # a radio of its own

    def function_changed(self, modem: Modem, level: int) -> None:
        if level != MINIMUM:
            for text in ("+CPIN: READY", "+QUSIM: 1", "+QIND: PB DONE", "+QIND: SMS DONE"):
                modem.urc(text)


EC25 = dataclasses.replace(
    BG95,
    name="ec25",
    model="EC25",
    revision="EC25EFAR06A06M4G",
    imei_tac="86110703",
    commands=BG95.commands.without("+CPSMS", "+QPSMS", "+CEDRXS", "+CEDRXRDP").joined(
        positioning.COMMANDS, COMMANDS
    ),
    sources=CAT1_SOURCES,
    hooks=Cat1Hooks(),
    boot_ms=10_000,  # until the UART answers; the hardware designs give 10 to 13 s
    boot_banner=((0, BANNER),),
    sim_ready_ms=1_500,
    power_on_pulse_ms=500,
    power_off_pulse_ms=650,
    power_down_ms=3_000,
    access_technologies=MappingProxyType({"2G": 3, "3G": 2, "LTE": 7}),  # TS 27.007, 7.3; EDGE
    make_nvm=_as_delivered,
    cgreg_on_lte=5,
    cereg_on_gprs=4,
)
EC21 = dataclasses.replace(
    EC25, name="ec21", model="EC21", revision="EC21EFAR06A04M4G", imei_tac="86610703"
)
EG91 = dataclasses.replace(
    EC25, name="eg91", model="EG91", revision="EG91EFBR06A05M4G", imei_tac="86786603"
)
EG95 = dataclasses.replace(
    EC25, name="eg95", model="EG95", revision="EG95EFBR06A05M4G", imei_tac="86786703"
)
