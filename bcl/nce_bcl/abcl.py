"""Templates of ABCL 1.0 (AllThingsTalk), the language BCL descends from, rewritten in BCL.

    translation = translate(open("device.json").read())
    translation.document   # the template in BCL; None when something stands in the way
    translation.changes    # [Change("sense[0].value", "same", "..."), ...]
    translation.refusals   # [Change("sense[1].switch", "refused", "..."), ...]

A construct that BCL can say otherwise is rewritten and decodes to the same value. Any other is
refused with the reason, but the raw value may do: `keep_raw` drops calculations, timestamps and
the reversal of hex, and says so. 1NCE publishes no list of the differences; this one is drawn from
the opening of the ABCL guide and from fifty public templates.
"""

from collections import namedtuple

from .document import read_document
from .errors import TemplateError, shown
from .plan import CODES, MAX_DEPTH
from .template import Template

if 1 - 1:
    from .shapes import Any, NamedTuple

    # place in the source, effect, what changed and what to do
    class Change(NamedTuple):
        place: str
        effect: str
        message: str

    class Translation(NamedTuple):
        document: "Any"
        changes: "list[Change]"
        refusals: "list[Change]"

else:
    Change = namedtuple("Change", ("place", "effect", "message"))  # type: ignore[no-redef]
    Translation = namedtuple("Translation", ("document", "changes", "refusals"))  # type: ignore[no-redef]

SAME = "same"  # says the same in BCL's words
RAW = "raw"  # the record gets another value
REFUSED = "refused"  # BCL has no such thing

_TYPES = {"number": "float", "hexstring": "hex"}

# Keys of a selector that BCL lacks: effect, reason.
_SELECTOR_KEYS = (
    (
        "json",
        REFUSED,
        "'json' reads JSON, and a payload is bytes: send the field as bytes, or parse JSON "
        "downstream",
    ),
    (
        "bit",
        REFUSED,
        "'bit' picks one bit, and fields are whole bytes: send a byte for each flag, or map the "
        "byte as uint and take the bit downstream",
    ),
    (
        "bitlength",
        REFUSED,
        "'bitlength' counts bits, and fields are whole bytes: send whole bytes, or map them as "
        "uint and take the bits downstream",
    ),
)


def translate(source: "Any", keep_raw: bool = False) -> "Translation":
    """The Translation of a template, JSON text or a dict; TemplateError when it is no object.

    A template that is BCL already comes back as it is, without changes. `keep_raw` translates
    also where the record then holds the raw value.
    """
    translator = _Translator(keep_raw)
    document: "Any" = translator.document(read_document(source))
    if not translator.refusals:
        try:
            Template(document)
        except TemplateError as error:
            translator.note(error.where, REFUSED, "not a template even in BCL: %s" % error)
    if translator.refusals:
        document = None
    return Translation(document, translator.changes, translator.refusals)


def constructs(document: "Any") -> "list[Change]":
    """Every Change that a document dict would need, which is what makes it ABCL."""
    translator = _Translator(True)
    try:
        translator.document(document)
    except TemplateError:
        pass  # the parser says what is wrong
    return translator.changes + translator.refusals


class _Translator:
    def __init__(self, keep_raw: bool) -> None:
        self._keep_raw = keep_raw
        self.changes: "list[Any]" = []
        self.refusals: "list[Any]" = []

    def note(self, place: str, effect: str, message: str) -> None:
        if effect == RAW and not self._keep_raw:
            effect = REFUSED
            message += " (or take the raw value: keep_raw)"
        if effect == REFUSED:
            self.refusals.append(Change(place, effect, message))
        else:
            self.changes.append(Change(place, effect, message))

    def document(self, raw: "Any") -> "dict[str, Any]":
        document = dict(raw)
        if "actuate" in document:
            del document["actuate"]
            self.note(
                "actuate", SAME, "'actuate' is left out: 1NCE OS runs no downlink statements"
            )
            if "sense" not in document:
                self.note("", REFUSED, "nothing but 'actuate': there is no payload to decode")
        if "sense" in document:
            document["sense"] = self._block(document["sense"], "sense", 1)
        return document

    def _block(self, raw: "Any", where: str, depth: int) -> "Any":
        if not isinstance(raw, list):
            return raw  # the parser says what is wrong
        if depth > MAX_DEPTH:
            raise TemplateError("nested deeper than %d levels" % MAX_DEPTH, where)
        block: "list[Any]" = []
        for index, element in enumerate(raw):
            place = "%s[%d]" % (where, index)
            if isinstance(element, list):
                block.append(self._block(element, place, depth + 1))
            elif not isinstance(element, dict):
                block.append(element)
            elif "asset" in element or "value" in element:
                block.extend(self._mapping(element, place))
            elif "switch" in element or "on" in element:
                block.append(self._control(element, place, depth))
            else:
                block.append(element)
        return block

    def _mapping(self, raw: "Any", where: str) -> "list[Any]":
        mapping = dict(raw)
        if "at" in mapping:
            del mapping["at"]
            self.note(
                where,
                RAW,
                "'at' is dropped: the platform stamps the time of arrival; map the time to an "
                "asset of its own if it counts",
            )
        value = mapping.get("value")
        if not isinstance(value, dict):
            return [mapping]
        if _is_object(value) and isinstance(mapping.get("asset"), str):
            return self._members(mapping, value, where)
        mapping["value"] = self._selector(value, where + ".value")
        return [mapping]

    def _members(self, mapping: "Any", values: "dict[str, Any]", where: str) -> "list[Any]":
        """One mapping with a dotted asset for each member of an object value, at any depth."""
        members: "list[Any]" = []
        pending = [(mapping["asset"], where + ".value", values, 1)]
        while pending:
            asset, place, node, depth = pending.pop()
            if not (isinstance(node, dict) and _is_object(node)):
                if isinstance(node, dict):
                    node = self._selector(node, place)
                member = {"asset": asset, "value": node}
                if not members and "comment" in mapping:
                    member["comment"] = mapping["comment"]
                members.append(member)
                continue
            if depth > MAX_DEPTH:
                raise TemplateError("nested deeper than %d levels" % MAX_DEPTH, place)
            for key in node:
                if not isinstance(key, str):
                    raise TemplateError("a key is text, not %s" % shown(key), place)
            keys = sorted([key for key in node if key != "comment"])
            keys.reverse()
            for key in keys:
                pending.append((asset + "." + key, place + "." + key, node[key], depth + 1))
        message = "an object of selectors is %d mappings with dotted assets: %s" % (
            len(members),
            ", ".join([member["asset"] for member in members[:4]]),
        )
        if "latitude" in values and "longitude" in values:
            message += "; give them 'custom_type' and floats of 8 bytes to have LOCATION events"
        self.note(where, SAME, message)
        return members

    def _control(self, raw: "Any", where: str, depth: int) -> "dict[str, Any]":
        control = dict(raw)
        switch = control.get("switch")
        if isinstance(switch, dict):
            control["switch"] = self._selector(switch, where + ".switch")
        elif isinstance(switch, str) and switch[:1] == "$":
            self.note(
                where + ".switch",
                REFUSED,
                "%s is no byte of the payload, and BCL has no variables: send a byte that says "
                "what the message is, and switch on that" % shown(switch),
            )
        branches = control.get("on")
        if isinstance(branches, list):
            control["on"] = [
                self._case(branch, "%s.on[%d]" % (where, index), depth)
                for index, branch in enumerate(branches)
            ]
        return control

    def _case(self, raw: "Any", where: str, depth: int) -> "Any":
        if not isinstance(raw, dict):
            return raw
        case = dict(raw)
        value = case.get("case")
        if isinstance(value, dict):
            case["case"] = self._selector(value, where + ".case")
        elif value == "$default":
            del case["case"]
            case["default"] = True
            self.note(where, SAME, '"case": "$default" is "default": true in BCL')
        elif isinstance(value, str) and value[:1] == "$":
            self.note(where + ".case", REFUSED, "BCL has no variables: %s" % shown(value))
        if "do" in case:
            case["do"] = self._block(case["do"], where + ".do", depth + 1)
        return case

    def _selector(self, raw: "Any", where: str) -> "dict[str, Any]":
        selector = dict(raw)
        for key, effect, reason in _SELECTOR_KEYS:
            if key in selector:
                self.note(where, effect, reason)
                return selector
        if "byte" not in selector and "endbyte" not in selector:
            return selector
        if selector.get("byteorder") == "small":
            selector["byteorder"] = "little"
            self.note(
                where, SAME, 'byteorder "small" is read as "little"; check it against a payload'
            )
        self._retype(selector, where)
        if "calculation" in selector:
            calculation = selector["calculation"]
            del selector["calculation"]
            is_plain = isinstance(calculation, str) and calculation.strip() == "val"
            if is_plain:
                message = 'the calculation "val" changes nothing and is dropped'
            else:
                message = (
                    "the calculation %s is dropped, so the value comes unscaled: send a float "
                    "scaled by the device, or calculate downstream" % shown(calculation)
                )
            self.note(where, SAME if is_plain else RAW, message)
        return selector

    def _retype(self, selector: "dict[str, Any]", where: str) -> None:
        kind = selector.get("type")
        if kind == "integer" or "type" not in selector:
            self._retype_integer(selector, where)
        elif isinstance(kind, str) and kind in _TYPES:
            selector["type"] = _TYPES[kind]
            self.note(where, SAME, 'type "%s" is "%s" in BCL' % (kind, _TYPES[kind]))
            # ABCL reverses a little-endian hexstring; BCL takes hex as it stands on the wire.
            is_reversed = kind == "hexstring" and selector.get("byteorder") == "little"
            if is_reversed and selector.get("bytelength", 1) != 1:
                del selector["byteorder"]
                self.note(
                    where,
                    RAW,
                    "hex is in the order of the payload, not reversed: send the bytes in reading "
                    "order, or reverse the text downstream",
                )
        else:
            return
        lengths = CODES[selector["type"]]
        length = selector.get("bytelength", 1)
        is_range = "byte" in selector and "endbyte" in selector
        if lengths is None or is_range or not isinstance(length, int):
            return
        if length not in lengths:
            self.note(
                where,
                REFUSED,
                "%s has %s bytes, not %s"
                % (
                    selector["type"],
                    " or ".join([str(legal) for legal in sorted(lengths)]),
                    shown(length),
                ),
            )

    def _retype_integer(self, selector: "dict[str, Any]", where: str) -> None:
        if "signed" in selector:
            signed = selector.pop("signed")
            is_signed = signed is True or signed == "true"  # public templates write "false" too
            reason = "by its 'signed'"
        else:
            is_signed = False
            reason = "as ABCL's is unsigned without 'signed'; use int if the device means signed"
        before = 'type "integer"' if "type" in selector else "no type"
        selector["type"] = "int" if is_signed else "uint"
        self.note(where, SAME, '%s is "%s" in BCL, %s' % (before, selector["type"], reason))


def _is_object(value: "dict[str, Any]") -> bool:
    if "byte" in value or "endbyte" in value:
        return False
    return any([isinstance(member, dict) for member in value.values()])
