"""SIMCom's commands about the device: identity, radio, signal, power.

ATI +CCID +CNMP +CMNB +CBANDCFG +CPSI +CNSMOD +CPOWD +CREBOOT +CDNSCFG +CDNSGIP +SIMCOMATI
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.commands.identity import ready_sim
from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import NO_RESULT, CommandFailed
from nce_sim.modem.personalities.simcom.ca_sockets import CaSockets
from nce_sim.modem.personalities.simcom.cip_sockets import CipSockets
from nce_sim.modem.personalities.simcom.memory import SimcomNvm, SimcomRam
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import is_dotted
from nce_sim.modem.stored import Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()
SIM7080_COMMANDS = CommandTable()

CDNSPDPID = Stored("+CDNSPDPID", (4,), ((0, 4),))
RAT_NAMES = {"2G": "GSM", "LTE-M": "LTE CAT-M1", "NB-IoT": "LTE NB-IOT"}
SYSTEM_MODES = {"2G": 1, "LTE-M": 7, "NB-IoT": 9}  # AT+CNSMOD
# AT+CNMP: automatic, GSM, LTE, both; AT+CMNB: CAT-M, NB-IoT, both.
MODES = {2: ("2G", "LTE-M", "NB-IoT"), 13: ("2G",), 38: ("LTE-M", "NB-IoT")}
MODES[51] = MODES[2]
IOT_MODES = {1: ("LTE-M",), 2: ("NB-IoT",), 3: ("LTE-M", "NB-IoT")}


def scanned_rats(modem: Modem) -> tuple[str, ...]:
    """The access technologies that CNMP and CMNB leave."""
    nvm = modem.nvm.of(SimcomNvm)
    of_iot = IOT_MODES[nvm.iot_mode]
    return tuple(rat for rat in MODES[nvm.preferred_mode] if rat == "2G" or rat in of_iot)


@COMMANDS.add("I")
def identification(modem: Modem, command: Command) -> None:
    """`ATI`: model and revision in one line."""
    modem.info(f"{modem.personality.short_model} {modem.personality.revision}")


@COMMANDS.add("+SIMCOMATI")
def long_identification(modem: Modem, command: Command) -> None:
    """`AT+SIMCOMATI`: several lines."""
    modem.info(f"Revision:{modem.personality.revision}")
    modem.info(f"IMEI:{modem.imei}")


@COMMANDS.add("+CCID")
def iccid(modem: Modem, command: Command) -> None:
    """`AT+CCID`: bare digits."""
    if command.form is not Form.TEST:
        modem.info(ready_sim(modem).iccid_with_luhn)


@COMMANDS.add("+CNMP")
def preferred_mode(modem: Modem, command: Command) -> None:
    """`AT+CNMP`: 2 automatic, 13 GSM, 38 LTE, 51 both."""
    if command.form is Form.TEST:
        modem.info("+CNMP: ((2-Automatic),(13-GSM Only),(38-LTE Only),(51-GSM And LTE Only))")
    elif command.form is Form.READ:
        modem.info(f"+CNMP: {modem.nvm.of(SimcomNvm).preferred_mode}")
    else:
        mode = command.set_arguments.integer(0, 2, 51)
        if mode not in MODES:
            raise CommandFailed()
        modem.nvm.of(SimcomNvm).preferred_mode = mode
        modem.radio.settings_changed()


@COMMANDS.add("+CMNB")
def iot_mode(modem: Modem, command: Command) -> None:
    """`AT+CMNB`: 1 CAT-M, 2 NB-IoT, 3 both."""
    if command.form is Form.TEST:
        modem.info("+CMNB: ((1-Cat-M),(2-NB-IoT),(3-Cat-M And NB-IoT))")
    elif command.form is Form.READ:
        modem.info(f"+CMNB: {modem.nvm.of(SimcomNvm).iot_mode}")
    else:
        modem.nvm.of(SimcomNvm).iot_mode = command.set_arguments.integer(0, 1, 3)
        modem.radio.settings_changed()


@COMMANDS.add("+CBANDCFG")
def bands(modem: Modem, command: Command) -> None:
    """`AT+CBANDCFG="CAT-M",…`: kept, without an effect."""
    stored = modem.nvm.of(SimcomNvm).bands
    if command.form is Form.READ:
        for name, numbers in stored.items():
            modem.info(f'+CBANDCFG: "{name}",{numbers}')
    elif command.form is Form.SET:
        name = command.arguments.text(0)
        if name not in stored:
            raise CommandFailed()
        stored[name] = command.text.partition(",")[2]
    else:
        raise CommandFailed()


@COMMANDS.add("+CPSI")
def system_information(modem: Modem, command: Command) -> None:
    """`AT+CPSI?`: the serving cell; the last field is RSSNR, SINR = 2 * RSSNR - 20 dB (D)."""
    cell = modem.radio.cell
    if command.form is not Form.READ:
        return
    if cell is None:
        modem.info("+CPSI: NO SERVICE,Online")
        return
    place = f"{cell.plmn[:3]}-{cell.plmn[3:]},0x{cell.tac:X},{cell.ci},{cell.pci}"
    modem.info(
        f"+CPSI: {RAT_NAMES[cell.rat]},Online,{place},EUTRAN-BAND{cell.band},{cell.earfcn},"
        f"0,0,{cell.rsrq_db:.0f},{cell.rsrp_dbm},{cell.rssi_dbm},{(cell.sinr_db + 20) // 2}"
    )


@COMMANDS.add("+CNSMOD")
def system_mode(modem: Modem, command: Command) -> None:
    """`AT+CNSMOD?`: what kind of network."""
    cell = modem.radio.cell
    if command.form is Form.READ:
        modem.info(f"+CNSMOD: 0,{SYSTEM_MODES[cell.rat] if cell else 0}")


@COMMANDS.add("+CPOWD")
def power_down(modem: Modem, command: Command) -> str:
    """`AT+CPOWD=1`: `NORMAL POWER DOWN` takes the place of OK; 0 is without a word."""
    if command.set_arguments.integer(0, 0, 1) == 0:
        modem.later(10, modem.cut_power)
    else:
        modem.later(10, modem.power_down)
    return NO_RESULT


@SIM7080_COMMANDS.add("+CREBOOT")
def reboot(modem: Modem, command: Command) -> None:
    """`AT+CREBOOT`: OK, then a restart."""
    silence_ms = modem.personality.reset_silence_ms
    modem.later(10, lambda: modem.power_down(restart_after_ms=silence_ms))


@COMMANDS.add("+CDNSCFG")
def name_servers(modem: Modem, command: Command) -> None:
    """`AT+CDNSCFG`: the name servers; kept, without an effect."""
    if command.form is Form.READ:
        for number, server in enumerate(modem.ram.of(SimcomRam).name_servers):
            modem.info(f"{('PrimaryDns', 'SecondaryDns')[number]}: {server}")
    elif command.form is Form.SET:
        arguments = command.arguments
        servers = (arguments.text(0), arguments.text(1, "0.0.0.0"))
        modem.ram.of(SimcomRam).name_servers = servers


@COMMANDS.add("+CDNSGIP")
def resolve(modem: Modem, command: Command) -> None:
    """`AT+CDNSGIP="name"`: OK at once, the address as a URC."""
    arguments = command.set_arguments
    arguments.at_most(1)
    _ask(modem, arguments.text(0))


@SIM7080_COMMANDS.add("+CDNSGIP")
def resolve_over_bearer(modem: Modem, command: Command) -> None:
    """`AT+CDNSGIP="name",<count>,<timeout ms>`, over the bearer that `AT+CDNSPDPID` names (D)."""
    arguments = command.set_arguments
    arguments.at_most(3)
    name = arguments.text(0)
    arguments.integer(1, 1, 10)
    arguments.integer(2, 1, 60_000)
    if modem.stored(CDNSPDPID)[0] != 0:
        modem.mistake("CDNSGIP over a bearer that is down", pdp=modem.stored(CDNSPDPID)[0])
        raise CommandFailed()
    _ask(modem, name)


def _ask(modem: Modem, name: str) -> None:
    session, store = modem.radio.session, modem.sockets
    assert isinstance(store, CaSockets | CipSockets)
    if session is None or not store.bearer_is_up:
        modem.mistake("CDNSGIP without a bearer")
        raise CommandFailed()

    def answered(addresses: list[str]) -> None:
        if addresses:
            shown = ",".join(f'"{address}"' for address in addresses)
            modem.urc(f'+CDNSGIP: 1,"{name}",{shown}')
        else:
            modem.urc("+CDNSGIP: 0,8")

    if is_dotted(name):
        modem.later(20, lambda: answered([name]))
    else:
        session.resolve(name, answered)
