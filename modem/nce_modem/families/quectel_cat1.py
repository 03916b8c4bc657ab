"""Quectel EC21, EC25, EG91 and EG95: LTE Cat 1 (EC25: Cat 4) with 3G and 2G, commands as BG95's.

Quectel EC2x&EG9x AT commands manual V2.0 and hardware designs; figures marked (bk) are background
knowledge. There is no PSM, no eDRX and no release assistance here.

    modem = Modem(board, family=EC25)
"""

from nce_modem.families.family import ALWAYS_AWAKE, UNCONNECTED
from nce_modem.families.quectel import BG95

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Quectel

EC25: "Quectel" = BG95.changed(
    name="Quectel EC25",
    power_off_pulse_ms=750,  # at least 650
    boot_wait_ms=20_000,  # the UART answers 10 to 13 s after the pulse (bk)
    power_on_ms=90_000,
    capabilities=(UNCONNECTED, ALWAYS_AWAKE),
    sleep_command="",
    radio="quectel_cat1",
    setup=(
        "ATQ0V1E0",
        "AT+CMEE=1",
        "?AT+QISDE=0",
        # They go to the USB port as delivered: without this line no socket would ever open.
        'AT+QURCCFG="urcport","uart1"',
        '?AT+QICFG="dataformat",0,0',
        "AT+CEREG=2",
        "?AT+CGREG=2",
        "?AT+CREG=2",
    ),
    m1_act=-1,
)
EC21 = EC25.changed(name="Quectel EC21")
EG91 = EC25.changed(name="Quectel EG91")
EG95 = EC25.changed(name="Quectel EG95")
