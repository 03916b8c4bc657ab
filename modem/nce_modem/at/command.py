"""One AT command: the text to write, the possible answers, and the time to wait.

Command("AT+CEREG?", timeout_ms=5000)
Command("AT+QISEND=0,5", payload=b"hello", success=("SEND OK",), is_idempotent=False)
"""

from nce_modem.at import results, syntax

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Callable, Payload


# Commands that answer in lines without a prefix when they are alone (TS 27.007, 5).
_TEXT_ANSWERS = "\nATI\nAT+CGMI\nAT+CGMM\nAT+CGMR\nAT+GMI\nAT+GMM\nAT+GMR\n"
_DIGIT_ANSWERS = "\nAT+CGSN\nAT+CIMI\nAT+GSN\nAT+CCID\n"


class Command:
    """A command line and its grammar.

    `expects` are the prefixes of its answer (by default its own), `accepts` a predicate for lines
    without a prefix. `success` are the finals that mean it was done. `payload` is written after
    the `prompt`, `prompt_delay_ms` later, and followed by `terminator`, `terminator_delay_ms`
    later; without a payload that follows the text itself, before the line ends. `reads` says where
    a payload sits in the answer. A command that `drains` blocks the line for a while when its
    answer is overdue. `survives_reset`: a boot banner does not fail it (a probe). Only one that
    `dials` may end in `NO CARRIER` and its like.
    """

    def __init__(
        self,
        text: str,
        timeout_ms: int = 5000,
        expects: "tuple[str, ...] | None" = None,
        accepts: "Callable[[str], bool] | None" = None,
        success: "tuple[str, ...]" = results.SUCCESS,
        payload: "bytes | None" = None,
        prompt: str = ">",
        prompt_delay_ms: int = 0,
        terminator: bytes = b"",
        terminator_delay_ms: int = 0,
        reads: "Payload | None" = None,
        drains: bool = True,
        survives_reset: bool = False,
        is_idempotent: bool = True,
        dials: bool = False,
    ) -> None:
        self.text = text
        self.timeout_ms = timeout_ms
        self.expects = syntax.prefixes(text) if expects is None else expects
        if accepts is None:
            if syntax.is_among(text, _TEXT_ANSWERS):
                accepts = is_text
            elif syntax.is_among(text, _DIGIT_ANSWERS):
                accepts = is_digits
        self.accepts = accepts
        self.success = success
        self.payload = payload
        self.prompt = ord(prompt) if len(prompt) == 1 else -2  # -1 is an empty buffer's byte
        self.prompt_line = prompt  # `OK` and `DOWNLOAD` are lines, not partial ones
        self.prompt_delay_ms = prompt_delay_ms
        self.terminator = terminator
        self.terminator_delay_ms = terminator_delay_ms
        self.reads = reads
        self.drains = drains
        self.survives_reset = survives_reset
        self.is_idempotent = is_idempotent
        self.dials = dials or text.startswith("ATD")

    @property
    def is_read(self) -> bool:
        """Whether this is a read form: `AT+CEREG?`."""
        return self.text.endswith("?")

    def is_success(self, text: str) -> bool:
        """Whether a line is a final result that means the command was done."""
        if text in self.success:
            return True
        if self.success is results.SUCCESS:
            return text == "CONNECT" or text.startswith("CONNECT ")
        return results.without_connection_id(text) in self.success

    def __repr__(self) -> str:
        # Never the text: it may hold a key.
        return "Command(%s)" % self.name

    @property
    def name(self) -> str:
        """The command without its parameters, fit for messages: `AT+QIOPEN`."""
        return "ATD" if self.text[:3].upper() == "ATD" else self.text.partition("=")[0]


def is_text(line: str) -> bool:
    """Any line will do."""
    return True


def is_digits(line: str) -> bool:
    """A line of digits alone, filled by F or not: an IMSI, an IMEI, an ICCID (SIMCom)."""
    return line.strip().rstrip("Ff").isdigit()
