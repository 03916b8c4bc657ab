"""Tables that the code has as data: events, errors, faults, rules of the lint, LwM2M objects."""

from __future__ import annotations

import importlib
import inspect

from hub.markdown import code, plain, table
from nce.coap import codes, more_codes
from nce_bcl.findings import RULES
from nce_modem import advice, diagnosis, progress
from nce_modem.at import results
from nce_modem.sms.errors import CAUSES
from nce_sim.modem.faults import catalogue, declared
from nce_sim.network import events
from nce_sim.wire.lwm2m import registry

# Whose errors a program may meet, from the root of each package.
_ERRORS = {
    "nce": ("nce.errors", "nce.refusals"),
    "nce_modem": ("nce_modem.errors", "nce_modem.sms.errors"),
    "nce_bcl": ("nce_bcl.errors",),
    "nce_api": ("nce_api.errors",),
}


def events_page() -> str:
    """What a device is told, and what the network reports to a customer."""
    device = [
        (code(name), code(", ".join(kind._fields)))
        for name, kind in vars(progress).items()
        if hasattr(kind, "_fields")
    ]
    network = [
        (str(kind.type), plain(events.TYPES.get(kind.type, "")), events.SEVERITIES[kind.severity],
         events.SOURCES[kind.source], plain(kind.text))
        for kind in sorted(events.KINDS.values(), key=lambda kind: kind.type)
    ]  # fmt: skip
    return (
        "\n\n".join(
            (
                "# Events",
                "## Of a device\n\nWhat `on_event` gets, in the order of a modem's life.",
                table(("event", "fields"), device),
                "## Of the network\n\nWhat 1NCE's Data Streamer and the history of a SIM tell. "
                "The texts come from 1NCE's sample records where there is one.",
                table(("type", "name", "severity", "source", "text"), network),
            )
        )
        + "\n"
    )


def errors_page() -> str:
    """The errors of each package; results, causes and codes with their remedies."""
    parts = ["# Errors, causes and remedies"]
    for package, modules in _ERRORS.items():
        rows = []
        for module in map(importlib.import_module, modules):
            for name, kind in vars(module).items():
                is_ours = inspect.isclass(kind) and kind.__module__ == module.__name__
                if is_ours and issubclass(kind, Exception) and not name.startswith("_"):
                    said = (inspect.getdoc(kind) or "").partition("\n\n")[0]
                    rows.append((code(name), code(kind.__base__.__name__), plain(said)))
        parts += [f"## Of {package}", table(("error", "is a", "when"), rows)]
    parts += [
        "## Why a modem does not attach",
        "The step at which it stopped, and the cause: an EMM cause of TS 24.301 at registration, "
        "a code of `+CME ERROR` elsewhere. `nce doctor` says the same.",
        table(
            ("step", "cause", "reason", "what to try"),
            [(step, str(number), plain(reason), plain(_remedy(remedy)))
             for step, number, reason, remedy in diagnosis.REASONS],
        ),
        "## Registration states",
        "Those that are no registration, when the network named no cause (TS 27.007, 10.1.22); "
        "`+CGREG` and `+CREG` say the same.",
        *(
            f"### +CEREG: {stat}\n\n{plain(reason).capitalize()}. What to try: "
            f"{plain(_remedy(remedy))}."
            for stat, reason, remedy in diagnosis.STATES
        ),
        "## Final results of a command",
        "The driver takes these for the end of a command that failed.",
        table(("result",), [(code(one),) for one in _failures()]),
        "## Short messages",
        "The codes of `+CMS ERROR` (TS 27.005, 3.2.5).",
        table(
            ("code", "meaning", "what to try"),
            [(code(f"+CMS ERROR: {number}"), plain(meaning), plain(remedy))
             for number, meaning, remedy in CAUSES],
        ),
        "## CoAP codes",
        "RFC 7252, 12.1; RFC 7959, 2.9; RFC 8132, 5.",
        table(("code", "name"), _coap_codes()),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _failures() -> list[str]:
    # Each of these texts begins and ends with a line end.
    texts = (results.ERRORS, results.CALL_RESULTS, results.CODED_ERRORS)
    return [line for text in texts for line in text.strip("\n").split("\n")]


def _remedy(remedy: str) -> str:
    # What the APN in force decides about: said here without one.
    if remedy in (diagnosis.SESSION, diagnosis.APN):
        return advice.session_advice("", remedy == diagnosis.APN)
    return remedy


def _coap_codes() -> list[tuple[str, str]]:
    named = {
        number: name
        for module in (codes, more_codes)
        for name, number in vars(module).items()
        if name.isupper() and isinstance(number, int)
    }
    return [(code(codes.dotted(number)), code(name)) for number, name in sorted(named.items())]


def faults_page() -> str:
    """The failure catalogue of modems."""
    rows = [
        (str(fault.row), code(fault.name), code(str(fault.point)),
         f"{fault.lasts_ms / 1000:g} s" if fault.lasts_ms else "")
        for fault in (*catalogue.CATALOGUE, *catalogue.STREAM_CATALOGUE)
    ]  # fmt: skip
    points = ", ".join(code(str(point)) for point in declared.POINTS)
    return (
        "\n\n".join(
            (
                "# Faults of modems",
                "What can go wrong with a simulated modem, by the rows of the failure catalogue. "
                f"Points of a command: {points}. `nce sim fault` arms one by its name.",
                table(("row", "fault", "strikes at", "lasts at most"), rows),
            )
        )
        + "\n"
    )


def bcl_page() -> str:
    """The rules of the lint of Energy Saver templates."""
    rows = [(code(rule), severity, plain(what)) for rule, severity, what in RULES]
    return (
        "\n\n".join(
            (
                "# Findings in Energy Saver templates",
                "What `nce bcl lint` finds. The language itself is on the page of "
                "[nce_bcl](../bcl/README.md). An error means that a message or the template "
                "fails, or that a value is silently wrong or lost; a warning means that it is "
                "likely not meant.",
                table(("rule", "severity", "what it finds"), rows),
            )
        )
        + "\n"
    )


def lwm2m_page() -> str:
    """The objects whose definitions come along."""
    parts = [
        "# LwM2M objects",
        "The objects of OMA's registry that the simulator knows, each in its newest version here.",
    ]
    for number in registry.objects():
        versions = registry.versions(number)
        definition = registry.definition(number, versions[-1])
        if definition is None:
            raise LookupError(f"object {number} has no definition of version {versions[-1]}")
        parts.append(f"## {number} {plain(definition.name)}")
        parts.append(
            f"Versions {', '.join(versions)}; "
            + ("several instances" if definition.is_multiple else "one instance")
            + (", mandatory." if definition.is_mandatory else ".")
        )
        rows = [
            (code(f"/{number}/x/{one.number}"), plain(one.name),
             one.kind.name.lower() if one.kind else "", one.operations, plain(one.units),
             "yes" if one.is_mandatory else "")
            for one in definition.resources.values()
        ]  # fmt: skip
        head = ("resource", "name", "type", "operations", "unit", "mandatory")
        parts.append(table(head, rows))
    return "\n\n".join(parts) + "\n"
