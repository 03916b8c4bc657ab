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
    WRITE,
    Creatable,
    Instance,
    Refused,
    is_mandatory,
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
        self._on_changed = on_changed
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

    def make(self, number: int, instance: int) -> "Instance":
        """Make an instance of an object; `Refused` where there can be none."""
        known = self.objects.get(number)
        if known is None:
            raise Refused(codes.NOT_FOUND)
        creatable = known.creatable
        if creatable is None or len(known.instances) >= creatable.most:
            raise Refused(codes.METHOD_NOT_ALLOWED if creatable is None else codes.BAD_REQUEST)
        made = creatable.make(instance)
        self.add(made)
        return made

    def remove(self, number: int, instance: int) -> None:
        """Remove an instance."""
        self.objects[number].instances.pop(instance).on_changed = None

    def put_back(self, number: int, before: "Sequence[tuple[Instance, dict[int, Any]]]") -> None:
        """Give an object the instances, with the values, that it had before."""
        for instance in self.instances(number):
            self.remove(number, instance.number)
        for instance, values in before:
            instance.values = values
            self.add(instance)

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
        known = self.objects.get(number)
        if known is None or instance not in known.instances:
            return default
        one = known.instances[instance]
        return one.read(resource) if resource in one.values else default

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
        """Store what a server wrote to a path; the paths of the resources that were written.

        All is checked before the first value is stored. `is_replacing`: what an instance has, and
        the request has not, goes, if it may. `is_unbound`, at a bootstrap and a creation: also
        what no server may write later is stored, and what is unknown is passed over.
        """
        planned: "list[tuple[Instance, int, Any]]" = []
        for path, value, _time in values:
            if len(path) > 2:  # else an instance without resources
                self._plan(planned, base, path, value, is_replacing, is_unbound)
        if len(base) > 2 and not planned:
            row = self.row(base)
            if row is None or not is_multiple(row) or len(base) == 4:
                raise Refused(codes.BAD_REQUEST)  # a resource was asked for, and no value came
            self._plan_one_of_many(planned, self.instance(base), base, None, not is_replacing)
        for instance, resource, value in planned:
            if instance.definition.number == 1 and isinstance(value, int) and value < 0:
                raise Refused(codes.BAD_REQUEST)  # E.2: lifetimes, periods and numbers
            instance.check(resource, value)
        gone = self._left_out(base, planned) if is_replacing and len(base) == 2 else []
        return self._store(planned, gone)

    def _plan(
        self,
        planned: "list[tuple[Instance, int, Any]]",
        base: "Path",
        path: "Path",
        value: "Any",
        is_replacing: bool,
        is_unbound: bool,
    ) -> None:
        instance = self.instance(path)
        row = row_of(instance.definition, path[2])
        if row is None or not kind_of(row):
            if is_unbound or (len(base) < 3 and row is None):
                return  # 6.3.3: what a client does not know of an instance is ignored
            raise Refused(codes.NOT_FOUND if row is None else codes.METHOD_NOT_ALLOWED)
        if not is_unbound and not operations_of(row) & WRITE:
            raise Refused(codes.METHOD_NOT_ALLOWED)
        if not instance.is_writable(path[2]):
            if is_unbound:
                return  # fed by the program: nobody could keep it
            raise Refused(codes.METHOD_NOT_ALLOWED)
        if is_multiple(row):
            keeps = not is_replacing or len(base) == 4
            self._plan_one_of_many(planned, instance, path, value, keeps)
        elif len(path) == 4 or value is None:
            raise Refused(codes.BAD_REQUEST)
        else:
            planned.append((instance, path[2], value))

    def _plan_one_of_many(
        self,
        planned: "list[tuple[Instance, int, Any]]",
        instance: "Instance",
        path: "Path",
        value: "Any",
        keeps: bool,
    ) -> None:
        if len(path) == 3 and value is not None:
            raise Refused(codes.BAD_REQUEST)  # one value for a resource of several
        many: "dict[int, Any] | None" = None
        for known, resource, planned_value in planned:
            if known is instance and resource == path[2]:
                many = planned_value
        if many is None:
            many = {}
            if keeps and path[2] in instance.values:
                many.update(instance.read(path[2]))
            planned.append((instance, path[2], many))
        if len(path) == 4:
            many[path[3]] = value

    def _left_out(
        self, base: "Path", planned: "list[tuple[Instance, int, Any]]"
    ) -> "list[tuple[Instance, int]]":
        instance = self.instance(base)
        written = [resource for _instance, resource, _value in planned]
        gone = []
        for row in instance.definition.resources:
            resource = row >> 9
            if (
                operations_of(row) & WRITE
                and not is_mandatory(row)
                and resource in instance.values
                and resource not in written
                and not callable(instance.values[resource])
            ):
                gone.append((instance, resource))
        return gone

    def _store(
        self,
        planned: "list[tuple[Instance, int, Any]]",
        gone: "list[tuple[Instance, int]]",
    ) -> "list[Path]":
        before: "list[tuple[Instance, dict[int, Any]]]" = []
        paths: "list[Path]" = []
        try:
            for instance, resource, value in planned:
                if all([instance is not known for known, _values in before]):
                    before.append((instance, dict(instance.values)))
                instance.write(resource, value)
                paths.append((instance.definition.number, instance.number, resource))
        except Exception:
            # 6.3.3: all of a write or nothing. A writer that has run has its own undoing to do.
            for instance, values in before:
                instance.values = values
            raise
        for instance, resource in gone:
            instance.remove(resource)
            paths.append((instance.definition.number, instance.number, resource))
        for path in paths:
            self._on_changed(path)
        return paths

    def _changed(self, number: int, instance: int, resource: int) -> None:
        self._on_changed((number, instance, resource))


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
