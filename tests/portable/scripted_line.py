"""A UART with a modem behind it that follows a transcript: what must be written, what it says.

    line = ScriptedLine([("AT", "OK..."), (b"payload", "SEND OK...")], sizes=(1,))

A text is a command line, bytes are a payload. `sizes` are the pieces in which the answers are
handed on, in turn, for ever.
"""

import asyncio


class ScriptedLine:
    """Board, reader and writer in one; `wrong` tells the first departure from the transcript."""

    power_key = None

    def __init__(self, steps, sizes=(4096,)):
        self.steps = list(steps)
        self.sizes = sizes
        self.wrong = None
        self._turn = 0
        self._typed = b""
        self._out = b""
        self._more = asyncio.Event()

    async def open_uart(self):
        return self, self

    async def read(self, size):
        while not self._out:
            self._more.clear()
            await self._more.wait()
        size = min(size, self.sizes[self._turn % len(self.sizes)])
        self._turn += 1
        data, self._out = self._out[:size], self._out[size:]
        return data

    def write(self, data):
        self._typed += bytes(data)
        while self._typed and not self.wrong:
            if not self.steps:
                self.wrong = "nothing was awaited, but came %r" % self._typed
                return
            awaited, answer = self.steps[0]
            expected = awaited if isinstance(awaited, bytes) else awaited.encode() + b"\r"
            if not self._typed.startswith(expected):
                if not expected.startswith(self._typed):
                    self.wrong = "%r was awaited, but came %r" % (expected, self._typed)
                return
            self._typed = self._typed[len(expected) :]
            if awaited is not expected and self._typed[:1] == b"\n":
                self._typed = self._typed[1:]  # some modems want CR and LF
            self.steps.pop(0)
            self.say(answer)

    async def drain(self):
        pass

    def say(self, text):
        self._out += text if isinstance(text, bytes) else text.encode()
        self._more.set()

    def check(self):
        """Everything was written as the transcript has it, and nothing else."""
        assert self.wrong is None, self.wrong
        assert not self.steps, ("never written", self.steps)
