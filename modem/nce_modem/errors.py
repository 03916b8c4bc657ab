"""What can go wrong, split by who erred: the caller, the modem, the network.

Every error is an `OSError`, so that one `except OSError` sees each lost bearer. An error that came
out of an AT exchange carries `transcript`, the last lines of the line with the modem, masked.

    try:
        await modem.attach()
    except AttachError as error:
        print(error.step, error.reason, error.remedy)
"""


class ModemError(OSError):
    """The root of this package's errors."""

    def __init__(self, message, transcript=()):
        super().__init__(message)
        self.transcript = transcript


# The caller's.


class UsageError(ModemError):
    """The caller asked for what cannot be done."""


class DatagramTooLarge(UsageError):
    """A datagram beyond the family's limit; nothing was sent."""


# The modem's, or the line's.


class DeviceError(ModemError):
    """The modem or the line to it failed."""


class CommandFailed(DeviceError):
    """The modem refused a command; `code` is the CME or CMS number, or None for a bare ERROR."""

    def __init__(self, command, final, code=None, transcript=()):
        super().__init__("%s was answered %s" % (command, final), transcript)
        self.final = final
        self.code = code


class CommandTimeout(DeviceError):
    """A command had no (whole) answer in time; whether the modem did it is unknown."""


class ModemReset(DeviceError):
    """The modem restarted: its sockets, its bearer and its settings are gone."""


class ModemSilent(DeviceError):
    """The modem answers nothing at all."""


class LineClosed(DeviceError):
    """The UART is closed or its reader died."""


# The network's.


class NetworkError(ModemError):
    """The modem works, the network or the far end does not."""


class SocketDead(NetworkError):
    """The socket was closed by the modem or the far end; open a new one."""


class PdpLost(NetworkError):
    """The network took the PDP context away; `attach()` again, then open a new socket."""


class OpenFailed(NetworkError):
    """A socket could not be opened; `code` is the family's own result code."""

    def __init__(self, message, code=None, transcript=()):
        super().__init__(message, transcript)
        self.code = code


class SendFailed(NetworkError):
    """The modem did not take a datagram; it has not left."""


class AttachError(NetworkError):
    """Attaching stopped at `step`, for `reason`, on `evidence`; `remedy` says what to try."""

    def __init__(self, step, reason, evidence, remedy, transcript=()):
        super().__init__(
            "attach stopped at %s: %s (%s); %s" % (step, reason, evidence, remedy), transcript
        )
        self.step = step
        self.reason = reason
        self.evidence = evidence
        self.remedy = remedy
