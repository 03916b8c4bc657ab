"""The pace of attaching as a short text that outlives a deep sleep; see `nce_modem.pace`.

    text = save(pace, now_ms)
    restore(pace, text, now_ms, slept_ms)

Loaded by `Modem.save_state` and `restore_state`: a device that never sleeps needs none of it.
"""

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Pace


def save(pace: "Pace", now_ms: int) -> str:
    """The state as text: failures, those of the bearer, PSM, seconds since the last, ages.

    Lines with step, reason and remedy of the last failure follow.
    """
    last_ms = now_ms if pace.last_ms is None else pace.last_ms
    numbers = [pace.failures, pace.bearer_failures, int(pace.wakes_registered)]
    numbers.append((now_ms - last_ms) // 1000)
    numbers += [(now_ms - started_ms) // 1000 for started_ms in pace.started_ms]
    line = " ".join(str(number) for number in numbers)
    return "\n".join((line,) + (pace.last_error or ())[:3])


def restore(pace: "Pace", text: str, now_ms: int, slept_ms: int) -> None:
    """Continue from a saved state."""
    line, *last_error = text.split("\n")
    if last_error:
        pace.last_error = (last_error[0], last_error[1], last_error[2], "")
    numbers = [int(word) for word in line.split(" ")]
    pace.failures, pace.bearer_failures = numbers[:2]
    pace.wakes_registered = numbers[2] == 1
    moments_ms = [now_ms - slept_ms - age * 1000 for age in numbers[3:]]
    pace.last_ms = moments_ms[0]
    pace.started_ms = moments_ms[1:]
