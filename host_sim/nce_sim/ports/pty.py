"""A modem line as a serial device of the machine, for pyserial, minicom or any other program.

The device stays while the modem restarts and while the host closes and opens it again.

    port = PtyPort(modem)
    print(port.path)                        # /dev/pts/7
    port.close()
"""

from __future__ import annotations

import os
import tty

from nce_sim.ports.descriptor import DescriptorLine
from nce_sim.wire.line import ModemLine


class PtyPort:
    """A modem joined to a raw pseudo-terminal; to be made in a running loop."""

    def __init__(self, modem: ModemLine) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        # The slave stays open here: without a holder the master would fail between two hosts.
        self._line = DescriptorLine(self._master, modem)
        self._line.open()
        self._is_open = True

    def close(self) -> None:
        """Take the device away; closing twice is harmless."""
        if self._is_open:
            self._is_open = False
            self._line.close()
            os.close(self._master)
            os.close(self._slave)
