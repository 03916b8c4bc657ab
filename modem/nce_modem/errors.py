"""The errors of this package; all are `OSError`s: `except OSError` catches each lost bearer.

`is_permanent` is True where no retry helps until a person acts: a missing SIM, a refused
subscription, a wrong call. `transcript` holds the last lines exchanged with the modem, masked, as
they are at the time of reading.

    try:
        await modem.attach()
    except AttachError as error:
        print(error.step, error.reason, error.remedy)
"""

from nce_modem.at.masking import mask

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Sequence, Transcript


class ModemError(OSError):
    """The base class of this package's errors; raised itself when the driver cannot go on."""

    is_permanent = False

    def __init__(self, message: str, transcript: "Transcript | None" = None) -> None:
        # The message may quote the modem.
        super().__init__(mask(message))
        self._transcript = transcript

    @property
    def transcript(self) -> "Sequence[str]":
        """The last lines exchanged with the modem, masked."""
        return self._transcript.lines() if self._transcript else ()


# Errors of the caller.


class UsageError(ModemError):
    """The caller asked for something impossible."""

    is_permanent = True


class DatagramTooLarge(UsageError):
    """A datagram beyond the family's limit; nothing was sent."""


# Errors of the modem or the line.


class CommandFailed(ModemError):
    """The modem refused a command; `code` is the CME or CMS number, or None for a bare ERROR."""

    def __init__(
        self,
        command: str,
        final: str,
        code: "int | None" = None,
        transcript: "Transcript | None" = None,
    ) -> None:
        super().__init__("%s was answered %s" % (command, final), transcript)
        self.final = final
        self.code = code


class CommandTimeout(ModemError):
    """A command got no complete answer in time; it is unknown whether the modem executed it."""


class ModemReset(ModemError):
    """The modem restarted: its sockets, its bearer and its settings are gone."""


class ModemSilent(ModemError):
    """The modem does not answer at all."""


class LineClosed(ModemError):
    """The UART is closed or its reader died."""


# Errors of the network.


class SocketDead(ModemError):
    """The socket was closed by the modem or the far end; open a new one."""


class PdpLost(ModemError):
    """The network took the PDP context away; `attach()` again, then open a new socket."""


class OpenFailed(ModemError):
    """A socket could not be opened or a name not resolved; `code` is the modem family's code."""

    def __init__(
        self, message: str, code: "int | None" = None, transcript: "Transcript | None" = None
    ) -> None:
        super().__init__(message, transcript)
        self.code = code


class SendFailed(ModemError):
    """The modem did not accept a datagram; nothing was sent."""


class AttachError(ModemError):
    """Attaching stopped at `step`, with `reason` and `evidence`; `remedy` says what to try.

    `retry_after_ms` is the time to wait before the next try; 0 means that it may start at once.
    """

    def __init__(
        self,
        step: str,
        reason: str,
        evidence: str,
        remedy: str,
        transcript: "Transcript | None" = None,
        is_permanent: bool = False,
        retry_after_ms: int = 0,
    ) -> None:
        super().__init__(
            "attach stopped at %s: %s (%s); %s" % (step, reason, evidence, remedy), transcript
        )
        self.step = step
        self.reason = reason
        self.evidence = mask(evidence)
        self.remedy = remedy
        self.is_permanent = is_permanent
        self.retry_after_ms = retry_after_ms
