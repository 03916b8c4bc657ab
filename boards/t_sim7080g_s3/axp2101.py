"""The power chip AXP2101: the rails that a modem needs, by I2C.

    chip = Axp2101(i2c)
    chip.switch_on(DC3, 3000)       # millivolts

A rail that is on stays on. DC1 supplies the MCU itself and is never touched.
X-Powers, AXP2101 datasheet, register tables.
"""

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any

ADDRESS = 0x34
CHIP_ID = 0x03
CHIP = 0x4A
ADC_ON = 0x30
TS_PIN = 0x50
# Register that switches, its bit, register of the voltage, its bits, and what is millivolts.
DC3 = (0x80, 2, 0x84, 0x7F, 1600, 88)  # 1.6 to 3.4 V from code 88 on
BLDO1 = (0x90, 4, 0x96, 0x1F, 500, 0)  # 0.5 to 3.5 V
BLDO2 = (0x90, 5, 0x97, 0x1F, 500, 0)
STEP_MV = 100


class Axp2101:
    """The chip at `i2c`; raises OSError when none answers there."""

    def __init__(self, i2c: "Any") -> None:
        self._i2c = i2c
        found = self._read(CHIP_ID)
        if found != CHIP:
            raise OSError("the chip at I2C 0x%02x says 0x%02x, an AXP2101 0x4a" % (ADDRESS, found))

    def _read(self, register: int) -> int:
        return int(self._i2c.readfrom_mem(ADDRESS, register, 1)[0])

    def _write(self, register: int, value: int) -> None:
        self._i2c.writeto_mem(ADDRESS, register, bytes((value,)))

    def switch_on(self, rail: "tuple[int, ...]", millivolts: int) -> bool:
        """Set a rail's voltage, then switch it on; False when it was on."""
        switch, bit, register, mask, least_mv, first_code = rail
        code = first_code + (millivolts - least_mv) // STEP_MV
        before = self._read(register)
        if before & mask != code:
            self._write(register, before & ~mask & 0xFF | code)
        before = self._read(switch)
        if before & 1 << bit:
            return False
        self._write(switch, before | 1 << bit)
        return True

    def ignore_thermistor(self) -> None:
        """Charge without a thermistor at the battery: the board has none at this pin."""
        self._write(TS_PIN, self._read(TS_PIN) & 0xF0 | 0x10)
        self._write(ADC_ON, self._read(ADC_ON) & ~0x02 & 0xFF)
