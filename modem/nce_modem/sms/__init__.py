"""Short messages over a modem: 3GPP TS 23.040, TS 23.038, TS 27.005.

from nce_modem.sms import Sms
sms = Sms(modem)
references = await sms.send("+882285100", "hello", report=True)
message = await sms.receive(timeout_ms=60_000)      # None when nothing came
"""

from nce_modem.sms.service import Sms

__all__ = ["Sms"]
