"""Lint of switches: cases that cannot be, stand twice or are ruled out, and what falls through.

check_switch(switch, "sense[0]", outline, findings, readings)   # one switch by itself
check_routes(outline, routes, findings)                         # after all routes were walked
"""

from .errors import shown
from .plan import Constant, identity
from .routes import is_exhausted, obstacle

if 1 - 1:
    from .findings import Findings
    from .outline import Outline
    from .plan import Readings, Selector, Switch
    from .routes import Routes
    from .shapes import Any


def check_switch(
    switch: "Switch", place: str, outline: "Outline", findings: "Findings", readings: "Readings"
) -> None:
    """Findings on one switch statement."""
    selector = switch.selector
    seen: "dict[Any, Any]" = {}
    for case in switch.cases:
        where = outline.case_place(case.block)
        if not isinstance(case.value, Constant):
            findings.add(
                "case-selector",
                where,
                "the case is read from the payload; no example of the platform does so",
            )
            continue
        value = case.value.value
        key = identity(value, readings.coerce_cases)
        if key in seen:
            findings.add(
                "duplicate-case",
                where,
                "case %s stands at %s already, which is taken; merge them or change one"
                % (shown(value), seen[key]),
            )
            continue
        seen[key] = where
        trouble = obstacle(selector, value, readings)
        # "$default" is text of ABCL and found as such.
        if trouble is not None and not findings.has("abcl", where):
            findings.add(trouble[0], where, _never(selector, value, trouble))
    if selector.kind == "float":
        findings.add(
            "float-switch",
            place + ".switch",
            "equality of floats is a matter of rounding; switch on a uint or text",
        )
    _check_fallback(switch, place, seen, outline, findings)


def _never(selector: "Selector", value: "Any", trouble: "tuple[str, str]") -> str:
    message = "case %s is never taken: %s" % (shown(value), trouble[1])
    if trouble[0] == "case-type":
        return message + "; write %s" % _example(selector.kind)
    return message + "; widen the switch or change the case"


def _example(kind: str) -> str:
    if kind == "boolean":
        return "true or false"
    if kind in ("string", "hex"):
        return 'text, like "01"'
    return "a number without quotes"


def _check_fallback(
    switch: "Switch", place: str, seen: "Any", outline: "Outline", findings: "Findings"
) -> None:
    if not switch.cases and not switch.default:
        findings.add(
            "empty-switch",
            place,
            "no case does anything, but a message too short for the switch fails; take it out",
        )
        return
    is_whole = is_exhausted(switch.selector, seen)
    if switch.default is None:
        if not is_whole:
            findings.add(
                "no-default",
                place,
                "a message with any value but %s maps nothing here, and no error tells; add a "
                'default, if only with {"asset": "fault", "value": "unknown record"}'
                % _listed(switch),
            )
    elif is_whole:
        findings.add(
            "unreachable-default",
            outline.case_place(switch.default),
            "there is a case for each of the %d values; take the default out" % len(seen),
        )


def _listed(switch: "Switch") -> str:
    values = [shown(case.value.value) for case in switch.cases if isinstance(case.value, Constant)]
    if len(values) > 6:
        values = values[:5] + ["%d more" % (len(values) - 5)]
    return ", ".join(values)


def check_defaults(element: "Any", place: str, findings: "Findings") -> None:
    """Findings on the defaults of a switch object as it stands in the document."""
    first = None
    last = 0
    branches = element.get("on")
    if not isinstance(branches, list):
        return
    for index, branch in enumerate(branches):
        if not isinstance(branch, dict) or "do" not in branch:
            continue
        last = index
        if branch.get("default") is True and "case" not in branch:
            if first is None:
                first = index
            else:
                findings.add(
                    "second-default",
                    "%s.on[%d]" % (place, index),
                    "never reached: on[%d] is the default already; take one out" % first,
                )
    if first is not None and first < last:
        findings.add(
            "default-position",
            "%s.on[%d]" % (place, first),
            "a default before other cases; it is the last resort all the same, it seems: put it "
            "last to be sure",
        )


def check_routes(outline: "Outline", routes: "Routes", findings: "Findings") -> None:
    """Cases that no route took, once `routes` was walked to its end."""
    if not routes.is_complete:
        findings.add(
            "routes",
            "sense",
            "too many combinations of cases to check each; overlaps and gaps may go unseen",
        )
        return
    for _, statement in outline.statements():
        if len(statement) == 4:
            continue
        for case in statement.cases:
            where = outline.case_place(case.block)
            if id(case.block) in routes.blocks or not isinstance(case.value, Constant):
                continue
            around = outline.block_around(case.block)
            if around != id(outline.plan) and around not in routes.blocks:
                continue  # the case around it is dead, and said to be
            if any([findings.has(rule, where) for rule in _EXPLAINED]):
                continue
            findings.add(
                "dead-case",
                where,
                "case %s is never taken: the switches before it over the same bytes rule it out; "
                "take it out" % shown(case.value.value),
            )


_EXPLAINED = ("case-type", "case-range", "duplicate-case", "abcl")
