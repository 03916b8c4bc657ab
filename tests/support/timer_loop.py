"""An asyncio loop's timers, by hand: a computer that is as slow as a test wants it.

loop = Loop()
clock = SteeredClock(loop)
loop.run(2)                             # two seconds, with all timers that become due
loop.now_s += 0.04                      # in a timer's call: this took 40 ms
"""


class Loop:
    """An asyncio loop's timers, by hand."""

    def __init__(self):
        self.now_s, self.timers = 0.0, []

    def time(self):
        return self.now_s

    def call_later(self, delay_s, callback):
        timer = Timer(self.now_s + delay_s, callback)
        self.timers.append(timer)
        return timer

    def run(self, seconds):
        end_s = self.now_s + seconds
        while True:
            self.timers = [timer for timer in self.timers if not timer.is_over]
            due = [timer for timer in self.timers if timer.due_s <= end_s]
            if not due:
                break
            first = min(due, key=lambda timer: timer.due_s)
            self.now_s, first.is_over = max(self.now_s, first.due_s), True
            first.callback()
        self.now_s = max(self.now_s, end_s)


class Timer:
    def __init__(self, due_s, callback):
        self.due_s, self.callback, self.is_over = due_s, callback, False

    def cancel(self):
        self.is_over = True
