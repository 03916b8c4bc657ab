"""Which statements a mapping is encoded by: one case of every switch met, chosen or inferred.

    branches = Branches(plan, data, readings, cases=[1])
    branches.fields    # the mappings executed, in order
    branches.packed    # the bytes of each, None where they are not known yet
    branches.switches  # (switch, its bytes or None, the block taken), in order

A case is settled, in this order: by `cases`; by an asset in the data that maps the very bytes of
the switch; by inference, when the data fits one case only.
"""

from .errors import EncodeError, PayloadError, shown
from .plan import Constant, Field, identity, same
from .read import convert
from .write import natural_width, value_bytes

if 1 - 1:
    from .plan import Readings, Selector, Switch
    from .shapes import Any, Block, Sequence


_LISTED = 8  # cases named in an error


class Branches:
    """The path through a plan for flat `data` (asset to value). EncodeError when there is none."""

    def __init__(
        self, plan: "Block", data: "dict[str, Any]", readings: "Readings", cases: "Sequence[Any]"
    ) -> None:
        self.fields: "list[Field]" = []
        self.packed: "list[Any]" = []
        self.switches: "list[Any]" = []
        # The bytes that are settled, by place: an asset that reads them may be left out.
        self.known: "dict[Any, bytes]" = {}
        self._data = data
        self._readings = readings
        self._cases = cases
        self._enter(plan)
        if len(cases) > len(self.switches):
            raise EncodeError(
                "%d case values given, but only %d switches are met"
                % (len(cases), len(self.switches))
            )

    def _enter(self, block: "Block") -> None:
        # Assets settle a switch wherever they stand in its block, so they go first.
        settled = iter([self._settle(field) for field in block if isinstance(field, Field)])
        for statement in block:
            if isinstance(statement, Field):
                self.fields.append(statement)
                self.packed.append(next(settled))
                continue
            raw, chosen = self._choose(statement)
            self.switches.append((statement, raw, chosen))
            if raw is not None:
                self.known[statement.selector.place] = raw
            if chosen:
                self._enter(chosen)

    def _settle(self, field: "Field") -> "bytes | None":
        """The field's bytes, None when its value or its width is open."""
        source = field.source
        if isinstance(source, Constant) or field.asset not in self._data:
            return None
        value = self._data[field.asset]
        try:
            width = natural_width(source, value, field.asset)
            raw = self.known[source.place] = value_bytes(source, width, value, field.asset)
        except EncodeError:
            return None  # a constant may hide it; else it is refused when it is written
        return raw if source.length is not None else None

    def _choose(self, switch: "Switch") -> "tuple[bytes | None, Block | None]":
        """(bytes of the switch or None, block or None)."""
        selector = switch.selector
        raw = self.known.get(selector.place)
        index = len(self.switches)
        if index < len(self._cases):
            case = self._cases[index]
            given = _constant_bytes(selector, case)
            if raw is not None and raw != given:
                raise EncodeError(
                    "case %s contradicts an asset that maps the same bytes, %s"
                    % (shown(case), raw.hex())
                )
            raw = given
        if raw is not None:
            return raw, self._block_for(switch, raw)
        return self._infer(switch)

    def _block_for(self, switch: "Switch", raw: bytes) -> "Block | None":
        value = self._value(switch.selector, raw)
        for case in switch.cases:
            # A case that is read from the payload is not known yet; encode() checks it at the end.
            if isinstance(case.value, Constant) and same(
                case.value.value, value, self._readings.coerce_cases
            ):
                return case.block
        return switch.default

    def _value(self, selector: "Selector", raw: bytes) -> "Any":
        try:
            return convert(selector, raw, 0, len(raw), None, self._readings)
        except PayloadError as error:
            raise EncodeError(
                "the switch cannot be read from the bytes %s: %s" % (raw.hex(), error)
            )

    # Inference

    def _infer(self, switch: "Switch") -> "tuple[bytes | None, Block | None]":
        candidates = []
        refusals = []
        options = self._options(switch)
        for label, raw, block in options:
            covered, lacking = self._cover(switch, raw, block, False)
            if lacking:
                refusals.append("%s lacks %s" % (label, ", ".join(lacking)))
            else:
                candidates.append((covered, label, raw, block))
        if not options:
            return None, None  # whatever its value, the switch executes nothing
        if len(options) == 1 and (switch.default is None or not switch.cases):
            return options[0][1:]  # if an asset is missing, it is named later
        if not candidates:
            raise EncodeError(
                "the data fits no case: %s" % (_listed(refusals, "; ") or "there is none")
            )
        candidates = _not_outdone(candidates)
        if len(candidates) > 1:
            fitting = [
                option
                for option in candidates
                if not self._cover(switch, option[2], option[3], True)[1]
            ]
            candidates = fitting or candidates
        if len(candidates) > 1:
            raise EncodeError(
                "the data fits %s; choose by encode(..., case=value)"
                % _listed([option[1] for option in candidates], " and ")
            )
        _, label, raw, block = candidates[0]
        if label == "the default":
            raise EncodeError(
                "the data fits the default only, which any other value of the switch selects; "
                "give one by encode(..., case=value)"
            )
        return raw, block

    def _options(self, switch: "Switch") -> "list[tuple[str, bytes | None, Block]]":
        """(label, bytes of the switch or None, block) of every case that can be taken."""
        options: "list[Any]" = []
        seen = set()
        coerced = self._readings.coerce_cases
        for case in switch.cases:
            if not isinstance(case.value, Constant):
                options.append(("a case read from the payload", None, case.block))
                continue
            constant = case.value.value
            key = identity(constant, coerced)
            if key in seen:
                continue  # never taken
            seen.add(key)
            try:
                raw = _constant_bytes(switch.selector, constant)
                # Not so for text shorter than its field, since its padding is read back.
                is_taken = same(self._value(switch.selector, raw), constant, coerced)
            except EncodeError:
                continue
            if is_taken:
                options.append(("case %s" % shown(constant), raw, case.block))
        if switch.default is not None:
            options.append(("the default", None, switch.default))
        return options

    def _cover(
        self, switch: "Switch", raw: "bytes | None", block: "Block", with_values: bool
    ) -> "tuple[set[str], list[str]]":
        where = switch.selector.place
        before = self.known.get(where)
        if raw is not None:
            self.known[where] = raw
        covered: "set[Any]" = set()
        lacking: "list[Any]" = []
        self._cover_block(block, covered, lacking, with_values)
        if raw is not None:
            if before is None:
                del self.known[where]
            else:
                self.known[where] = before
        return covered, lacking

    def _cover_block(
        self, block: "Block", covered: "set[str]", lacking: "list[str]", with_values: bool
    ) -> None:
        """Adds the data's assets that a block uses, and what it needs beyond them."""
        has_switch = False
        for statement in block:
            if not isinstance(statement, Field):
                has_switch = True
        for statement in block:
            if not isinstance(statement, Field):
                self._cover_switch(statement, covered, lacking, with_values)
                continue
            asset = statement.asset
            source = statement.source
            if isinstance(source, Constant):
                if asset in self._data:
                    covered.add(asset)
                    # A later switch may write another value over it.
                    if not has_switch and not same(self._data[asset], source.value):
                        lacking.append("%s=%s" % (asset, shown(self._data[asset])))
                continue
            raw = self.known.get(source.place)
            if asset not in self._data:
                if raw is None:
                    lacking.append(asset)
                continue
            covered.add(asset)
            if raw is None and not with_values:
                continue
            try:
                value = self._data[asset]
                data = value_bytes(source, natural_width(source, value, asset), value, asset)
                is_fit = raw is None or raw == data
            except EncodeError:
                is_fit = False
            if not is_fit:
                lacking.append("room for %s=%s" % (asset, shown(self._data[asset])))

    def _cover_switch(
        self, switch: "Switch", covered: "set[str]", lacking: "list[str]", with_values: bool
    ) -> None:
        raw = self.known.get(switch.selector.place)
        if raw is not None:
            block = self._block_for(switch, raw)
            if block:
                self._cover_block(block, covered, lacking, with_values)
            return
        best = None
        reasons = []
        for label, raw, block in self._options(switch):
            inner_covered, inner_lacking = self._cover(switch, raw, block, with_values)
            if inner_lacking:
                reasons.append("%s for %s" % (", ".join(inner_lacking), label))
            elif best is None or len(inner_covered) > len(best):
                best = inner_covered
        if best is not None:
            covered.update(best)
        else:
            lacking.append(" or ".join(reasons) or "a case to take")


def _constant_bytes(selector: "Selector", constant: "Any") -> bytes:
    value = constant
    if selector.kind in ("int", "uint") and isinstance(value, float) and value - value == 0:
        if value == int(value):
            value = int(value)  # numbers compare by value: 1.0 is a case of 1
    try:
        width = selector.length or natural_width(selector, value, None)
        return value_bytes(selector, width, value, None)
    except EncodeError as error:
        raise EncodeError("case %s: %s" % (shown(constant), error))


def _not_outdone(options: "list[Any]") -> "list[Any]":
    """The options that no other one contains, by the assets each covers."""
    most = max([len(option[0]) for option in options])
    kept = []
    for option in options:
        covered = option[0]
        if len(covered) < most and any(
            [len(other[0]) > len(covered) and covered.issubset(other[0]) for other in options]
        ):
            continue
        kept.append(option)
    return kept


def _listed(texts: "list[str]", separator: str) -> str:
    if len(texts) > _LISTED:
        texts = texts[:_LISTED] + ["%d more" % (len(texts) - _LISTED)]
    return separator.join(texts)
