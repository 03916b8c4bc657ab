"""The ways a message can take through a template: one case, the default or nothing per switch.

    for steps in Routes(plan):
        for statement, choice in steps: ...   # choice: a block, or None; always None for a Field

Two switches over the same bytes agree; others go together in every combination, which multiplies.
So the walk has a budget, and `is_complete` says whether it sufficed.
"""

from .errors import BclError
from .parse import comparable
from .plan import Constant, Field, Readings, identity, place, same
from .read import convert
from .write import natural_width, value_bytes

if 1 - 1:
    from .plan import Selector, Switch
    from .shapes import Any, Block, Iterator, Steps


MAX_STEPS = 60000  # statements walked, over all routes

READINGS = Readings(False, False, False, False, True, False)


class Routes:
    """Iterates over the routes through a plan, in document order, first cases first."""

    def __init__(
        self, plan: "Block", max_steps: int = MAX_STEPS, readings: "Readings" = READINGS
    ) -> None:
        self._plan = plan
        self._readings = readings
        self._max_steps = max_steps
        self.is_complete = True
        self.blocks: "set[Any]" = set()  # ids of the case blocks that some route takes

    def __iter__(self) -> "Iterator[Steps]":
        budget = self._max_steps
        # What is left to do is a chain of (block, index, chain); what is done, of (step, chain).
        pending: "list[Any]" = [((self._plan, 0, None), None, {}, 0)]
        while pending:
            rest, done, known, length = pending.pop()
            while rest is not None:
                block, index, outer = rest
                if index == len(block):
                    rest = outer
                    continue
                statement = block[index]
                rest = (block, index + 1, outer)
                budget -= 1
                if isinstance(statement, Field):
                    done = ((statement, None), done)
                    length += 1
                    continue
                forks = []
                for chosen, values in _choices(statement, known, self._readings):
                    after = rest if chosen is None else (chosen, 0, rest)
                    forks.append((after, ((statement, chosen), done), values, length + 1))
                    budget -= 1
                rest, done, known, length = forks[0]
                forks.reverse()
                pending.extend(forks[:-1])
            budget -= length  # handing it out costs as much
            if budget < 0:
                self.is_complete = False
                return
            steps: "list[Any]" = []
            while done is not None:
                steps.append(done[0])
                if done[0][1] is not None:
                    self.blocks.add(id(done[0][1]))
                done = done[1]
            steps.reverse()
            yield steps


def _choices(switch: "Switch", known: "dict[Any, Any]", readings: "Readings") -> "list[Any]":
    """[(block or None, what is known of switch values then)] of a switch that is met.

    `known` maps the bytes a switch reads to (identity of its value, or None; identities it has
    not).
    """
    key = (place(switch.selector), switch.selector.kind, switch.selector.byteorder)
    settled, excluded = known.get(key, (None, ()))
    choices: "list[Any]" = []
    seen = set(excluded)
    for case in switch.cases:
        if not isinstance(case.value, Constant):
            choices.append((case.block, known))
            continue
        value = identity(case.value.value, readings.coerce_cases)
        if value in seen or (settled is not None and value != settled):
            continue
        if obstacle(switch.selector, case.value.value, readings) is not None:
            continue
        seen.add(value)
        choices.append((case.block, _with(known, key, (value, ()))))
        if value == settled:
            return choices
    if not is_exhausted(switch.selector, seen) or not choices:
        choices.append((switch.default, _with(known, key, (settled, tuple(seen)))))
    return choices


def _with(known: "dict[Any, Any]", key: "Any", value: "Any") -> "dict[Any, Any]":
    changed = dict(known)
    changed[key] = value
    return changed


def is_exhausted(selector: "Selector", seen: "set[Any]") -> bool:
    """True when the identities `seen` are all the values that the selector's type has."""
    if selector.kind == "boolean":
        return len(seen) == 2
    return selector.kind in ("int", "uint") and selector.length == 1 and len(seen) == 256


def obstacle(
    selector: "Selector", constant: "Any", readings: "Readings" = READINGS
) -> "tuple[str, str] | None":
    """(rule, reason) why a switch never has this value; None when it can."""
    coerced = readings.coerce_cases
    if not coerced and not comparable(selector.kind, constant):
        return "case-type", "a switch of type %s never equals it" % selector.kind
    candidate = _switch_value(selector.kind, constant, coerced)
    try:
        width = natural_width(selector, candidate, None)
        raw = value_bytes(selector, width, candidate, None)
    except BclError as error:
        if selector.code is None and selector.kind in ("int", "uint", "float"):
            return None  # the selector itself is at fault
        return "case-range", str(error)
    try:
        value = convert(selector, raw, 0, len(raw), None, readings)
    except BclError:
        return None
    if same(value, constant, coerced):
        return None
    return "case-range", "the switch reads %r there, with the padding or rounding" % (value,)


def _switch_value(kind: str, constant: "Any", coerced: bool) -> "Any":
    """What a switch of this type has to be to equal the constant, as far as it can."""
    if kind in ("int", "uint"):
        if coerced and isinstance(constant, str):
            try:
                return int(constant)
            except ValueError:
                return constant
        if isinstance(constant, float) and constant == int(constant):
            return int(constant)  # 1.0 equals 1
    elif coerced and kind in ("string", "hex"):
        return identity(constant, True)
    elif coerced and kind == "boolean" and constant in ("true", "false"):
        return constant == "true"
    return constant
