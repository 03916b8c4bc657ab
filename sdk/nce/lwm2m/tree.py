"""The objects of a device, and what is read and written of them by paths (LwM2M 1.1, 6.1, 6.3).

    tree = Tree([instance, Creatable(definition), ...], on_changed)
    tree.collect((3303, 0))               # [((3303, 0, 5700), FLOAT, 21.5, None), ...]
    tree.write((1, 0), values, True)      # a replacement; raises `Refused` with the code

An entry is `(path, kind, value, time)`, a written value `(path, value, time)`, as the codecs take
and give them (`nce.lwm2m.formats`).
"""

from nce.coap import codes
from nce.const import const
from nce.errors import UsageError
from nce.lwm2m.model import (
    READ,
    Creatable,
    Instance,
    Refused,
    is_multiple,
    kind_of,
    operations_of,
    row_of,
)

if 1 - 1:
    from nce.lwm2m.model import Definition
    from nce.seams import Any, Callable, Entry, Path, Sequence

SECURITY = const(0)
# Of object 1: Disable, Registration Update Trigger, Bootstrap-Request Trigger.
ENGINES_OWN = (4, 8, 9)


class Object:
    """An object: its definition, its instances by number, and how one is made, if at all."""

    def __init__(self, definition: "Definition") -> None:
        self.definition = definition
        self.instances: "dict[int, Instance]" = {}
        self.creatable: "Creatable | None" = None


class Tree:
    """Objects by number. `on_changed(path)` is told of each change that observers may see."""

    def __init__(
        self,
        given: "Sequence[Instance | Creatable]",
        on_changed: "Callable[[Path], object]",
    ) -> None:
        self.objects: "dict[int, Object]" = {}
        self.on_changed = on_changed
        for one in given:
            known = self.objects.get(one.definition.number)
            if known is None:
                known = self.objects[one.definition.number] = Object(one.definition)
            if isinstance(one, Creatable):
                known.creatable = one
            else:
                self.add(one)

    def add(self, instance: "Instance") -> None:
        """Add an instance of an object that is there."""
        known = self.objects[instance.definition.number]
        if instance.number in known.instances:
            raise UsageError(
                "two instances of object %d have the number %d: number them"
                % (instance.definition.number, instance.number)
            )
        known.instances[instance.number] = instance
        instance.on_changed = self._changed

    def remove(self, number: int, instance: int) -> None:
        """Remove an instance."""
        self.objects[number].instances.pop(instance).on_changed = None

    def instances(self, number: int) -> "list[Instance]":
        """The instances of an object in ascending order; none of an object that is not there."""
        known = self.objects.get(number)
        return [known.instances[at] for at in sorted(known.instances)] if known else []

    def instance(self, path: "Path") -> "Instance":
        """The instance that a path names or lies in."""
        known = self.objects.get(path[0])
        if known is None or path[1] not in known.instances:
            raise Refused(codes.NOT_FOUND)
        return known.instances[path[1]]

    def holds(self, path: "Path") -> bool:
        """Whether there is a resource at a path of three numbers, with a value or without."""
        known = self.objects.get(path[0])
        return (
            known is not None
            and path[1] in known.instances
            and path[2] in known.instances[path[1]].values
        )

    def row(self, path: "Path") -> "int | None":
        """The `Resource` that a path of three numbers or four names, or None."""
        known = self.objects.get(path[0])
        return row_of(known.definition, path[2]) if known else None

    def kind_of(self, path: "Path") -> "int | None":
        """The kind of a resource, None when it is unknown; for the codecs."""
        row = self.row(path) if len(path) > 2 else None
        return None if row is None else kind_of(row) or None

    def value(self, number: int, instance: int, resource: int, default: "Any" = None) -> "Any":
        """A value for the engine itself, or the default."""
        if not self.holds((number, instance, resource)):
            return default
        return self.objects[number].instances[instance].read(resource)

    def collect(
        self,
        path: "Path",
        may_read: "Callable[[Path], bool] | None" = None,
        reads_all: bool = False,
    ) -> "list[Entry]":
        """The entries at and below a path. `may_read(path)` tells whether an instance is open to
        the server that asks; `reads_all` is for a bootstrap server, and for what is kept.

        `Refused` for what is not there, or is a resource that may not be read.
        """
        entries: "list[Entry]" = []
        if len(path) < 2:
            numbers = (path[0],) if path else [at for at in sorted(self.objects) if at != SECURITY]
            for number in numbers:
                if number not in self.objects:
                    raise Refused(codes.NOT_FOUND)
                for instance in self.instances(number):
                    if may_read is None or may_read((number, instance.number)):
                        self._collect_instance(instance, reads_all, entries)
            return entries
        instance = self.instance(path)
        if may_read is not None and not may_read(path[:2]):
            raise Refused(codes.UNAUTHORIZED)
        if len(path) == 2:
            self._collect_instance(instance, reads_all, entries)
            return entries
        row = row_of(instance.definition, path[2])
        if row is None or path[2] not in instance.values:
            raise Refused(codes.NOT_FOUND)
        if not kind_of(row) or not (reads_all or operations_of(row) & READ):
            raise Refused(codes.METHOD_NOT_ALLOWED)
        _append(entries, path[:3], row, instance.read(path[2]))
        if len(path) == 4:
            entries = [entry for entry in entries if entry[0] == path]
        if not entries and (len(path) == 4 or not is_multiple(row)):
            raise Refused(codes.NOT_FOUND)
        return entries

    def _collect_instance(
        self, instance: "Instance", reads_all: bool, entries: "list[Entry]"
    ) -> None:
        number = instance.definition.number
        for row in instance.definition.resources:
            resource = row >> 9
            is_open = kind_of(row) and (reads_all or operations_of(row) & READ)
            if is_open and resource in instance.values:
                path = (number, instance.number, resource)
                _append(entries, path, row, instance.read(resource))

    def write(
        self,
        base: "Path",
        values: "Sequence[tuple[Path, Any, Any]]",
        is_replacing: bool,
        is_unbound: bool = False,
    ) -> "list[Path]":
        """Store what a server wrote to a path; see `nce.lwm2m.writing`."""
        from nce.lwm2m import writing

        return writing.write(self, base, values, is_replacing, is_unbound)

    def _changed(self, number: int, instance: int, resource: int) -> None:
        self.on_changed((number, instance, resource))


def _append(entries: "list[Entry]", path: "Path", row: int, value: "Any") -> None:
    if value is None:
        return  # there is none at the moment: no fix, no measurement yet
    if not is_multiple(row):
        entries.append((path, kind_of(row), value, None))
        return
    for at in sorted(value):
        if value[at] is not None:
            entries.append((path + (at,), kind_of(row), value[at], None))


def has(instance: "Instance", resource: int) -> bool:
    """Whether an instance has a resource; the executables of object 1 are the engine's own."""
    return resource in instance.values or (
        instance.definition.number == 1 and resource in ENGINES_OWN
    )


def below(path: "Path", of: "Path") -> bool:
    """Whether a path is, or lies below, another one."""
    return path[: len(of)] == of


def parse(texts: "Sequence[bytes]") -> "Path":
    """The path of Uri-Path options; `Refused` for what is none."""
    if len(texts) > 4:
        raise Refused(codes.NOT_FOUND)
    return tuple([number_in(text) for text in texts])


def number_in(text: bytes) -> int:
    """An identifier, 0 to 65534, of its digits."""
    if not 0 < len(text) <= 5 or any([not 48 <= one <= 57 for one in text]):
        raise Refused(codes.NOT_FOUND)
    number = int(text)
    if number > 65534:
        raise Refused(codes.NOT_FOUND)
    return number
