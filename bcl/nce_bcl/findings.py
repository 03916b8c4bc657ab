"""The findings of the lint: rules, severities, and a bounded list in document order.

    Finding("case-range", "error", "sense[0].on[1]", "case 300: ...")

error    a message or the template fails, or a value or branch is silently wrong or lost
warning  likely not meant, or it hangs on what the platform's documentation leaves open
info     good to know
"""

from collections import namedtuple

if 1 - 1:
    from .shapes import Any, NamedTuple

    class Finding(NamedTuple):
        rule: str
        severity: str
        place: str
        message: str

else:
    Finding = namedtuple("Finding", ("rule", "severity", "place", "message"))  # type: ignore[no-redef]

ERROR = "error"
WARNING = "warning"
INFO = "info"
SEVERITIES = (ERROR, WARNING, INFO)

MAX_FINDINGS = 200

# rule, severity, what it finds. A finding may be milder or harder than its rule where said so.
RULES = (
    ("not-json", ERROR, "the document cannot be read"),
    ("too-large", ERROR, "the API request with the template is over 64 kB"),
    ("repeated-key", ERROR, "a key that stands twice in one object"),
    ("syntax", ERROR, "not a template of the language"),
    ("abcl", ERROR, "a construct of ABCL that BCL lacks"),
    ("abcl-actuate", WARNING, "downlink statements, which are not executed"),
    ("misspelt-key", ERROR, "a key close to one that means something"),
    ("unknown-key", WARNING, "a key that is ignored"),
    ("signed", WARNING, "'signed' is ignored; an error where it contradicts the type"),
    ("illegal-length", ERROR, "a length its type cannot have"),
    ("outside", ERROR, "a field no payload can hold"),
    ("payload-limit", ERROR, "a payload beyond a safe datagram; a warning where only UDP is"),
    ("multibyte-boolean", WARNING, "a boolean of several bytes"),
    ("open-number", WARNING, "a number whose length hangs on the payload's"),
    ("byteorder-ignored", INFO, "byteorder of text, hex or a boolean"),
    ("integer-digits", INFO, "integers whose last digits may be rounded; a warning in constants"),
    ("constant-type", WARNING, "a constant that is not text"),
    ("custom-type", ERROR, "a custom_type the platform does not know"),
    ("location-type", ERROR, "a location that is no float"),
    ("location-float64", WARNING, "a location that is no float of 8 bytes"),
    ("location-twin", ERROR, "a longitude without latitude, or the other way round"),
    ("location-repeated", WARNING, "two longitudes or two latitudes in one message"),
    ("location-swapped", WARNING, "a latitude marked as longitude, or the other way round"),
    ("duplicate-asset", WARNING, "an asset mapped twice; one value is lost"),
    ("asset-conflict", ERROR, "value and object in one; a warning where a payload may avoid it"),
    ("overlap", WARNING, "fields that share bytes"),
    ("shared-bytes", INFO, "fields that read the same bytes on purpose, it seems"),
    ("gap", WARNING, "bytes that are sent and never read"),
    ("case-type", ERROR, "a case of another kind than the switch"),
    ("case-range", ERROR, "a case the switch can never have"),
    ("duplicate-case", ERROR, "a case that stands twice"),
    ("dead-case", ERROR, "a case that another switch over the same bytes rules out"),
    ("case-selector", INFO, "a case read from the payload"),
    ("float-switch", WARNING, "a switch over a float"),
    ("second-default", ERROR, "a default that is never reached"),
    ("unreachable-default", WARNING, "a default beside cases for every value"),
    ("default-position", INFO, "a default that is not the last case"),
    ("no-default", WARNING, "a switch without fallback"),
    ("empty-switch", WARNING, "a switch that executes nothing"),
    ("empty-template", WARNING, "a template that executes nothing"),
    ("routes", INFO, "too many combinations of cases to check them all"),
    ("c-sdk-selector", ERROR, "a field over the C SDK's selector byte"),
    ("c-sdk-byteorder", ERROR, "big-endian numbers from a sender that is little-endian"),
    ("c-sdk-gap", ERROR, "a gap the C SDK cannot send"),
    ("c-sdk-integer", WARNING, "an integer the C SDK refuses to send"),
    ("c-sdk-double", WARNING, "a float of 8 bytes, which the C SDK lacks"),
    ("c-sdk-text", ERROR, "text or hex beyond the C SDK's 50 bytes"),
    ("more", INFO, "the list of findings is full"),
)

_SEVERITY = {rule: severity for rule, severity, _ in RULES}


class Findings:
    """Collects findings, each once; `sorted()` gives them in document order."""

    def __init__(self) -> None:
        self._found: "list[Any]" = []
        self._seen: "set[Any]" = set()

    def add(self, rule: str, place: str, message: str, severity: "str | None" = None) -> None:
        if len(self._found) > MAX_FINDINGS:
            return
        finding = Finding(rule, severity or _SEVERITY[rule], place, message)
        if finding in self._seen:
            return
        if len(self._found) == MAX_FINDINGS:
            message = "over %d findings; fix these and lint again" % MAX_FINDINGS
            finding = Finding("more", INFO, "", message)
        self._seen.add(finding)
        self._found.append(finding)

    def has(self, rule: str, place: str) -> bool:
        """True when the rule already has a finding at this place."""
        return any([found.rule == rule and found.place == place for found in self._found])

    def sorted(self) -> "list[Finding]":
        # MicroPython's sort is not stable, so the index decides between equals.
        keyed = [(_order(found.place), index, found) for index, found in enumerate(self._found)]
        keyed.sort(key=lambda item: item[:2])
        return [found for _, _, found in keyed]


def _order(place: str) -> str:
    """The place with its numbers padded, so that [10] comes after [9]."""
    parts = place.split("[")
    padded = [parts[0]]
    for part in parts[1:]:
        number, bracket, rest = part.partition("]")
        padded.append("%08d%s%s" % (int(number), bracket, rest) if number.isdigit() else part)
    return "[".join(padded)
