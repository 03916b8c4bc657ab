"""Objects as tables, and their instances, bound to the values and callables of a program
(LwM2M 1.1 Core, 6.1 and Appendix D).

    TEMPERATURE = Definition(3303, "1.1", True, (
        Resource(5700, FLOAT, READ, is_mandatory=True),  # Sensor Value
        Resource(5701, STRING, READ),  # Sensor Units
    ))

    class Temperature(Instance):
        def __init__(self, read, number=0):
            super().__init__(TEMPERATURE, number, {5700: read, 5701: "Cel"})

A value is plain, or a callable without arguments that is asked at each reading. A resource with
several instances has a dict of them by number, or a callable that returns one. An executable one
has a callable that takes the arguments. What a callable raises is the answer: a `ValueError` a
4.00, `Refused` its code, anything else a 5.00.
"""

from collections import namedtuple

if 1 - 1:
    from nce.seams import Any, Callable, Mapping, NamedTuple

    # resources: a tuple of `Resource` in ascending order.
    class Definition(NamedTuple):
        number: int
        version: str
        is_multiple: bool
        resources: tuple[int, ...]

else:
    Definition = namedtuple(  # type: ignore[no-redef]
        "Definition", ("number", "version", "is_multiple", "resources")
    )

# What a server may do with a resource; 0 is for a bootstrap server alone.
READ = 1
WRITE = 2
EXECUTE = 4

EXECUTABLE = 0  # the kind of a resource that has no value; the others are in `nce.lwm2m.kinds`


class Refused(Exception):
    """A server's request is answered with this code (`nce.coap.codes`)."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def Resource(
    number: int,
    kind: int,
    operations: int,
    is_multiple: bool = False,
    is_mandatory: bool = False,
) -> int:
    """A row of a definition: one integer, since hundreds of tuples would crowd a heap."""
    return number << 9 | kind << 5 | is_multiple << 4 | is_mandatory << 3 | operations


def number_of(row: int) -> int:
    """The number of a `Resource`."""
    return row >> 9


def kind_of(row: int) -> int:
    """The kind of a `Resource`, 0 when it is executable."""
    return row >> 5 & 15


def operations_of(row: int) -> int:
    """The operations of a `Resource`: bits READ, WRITE, EXECUTE."""
    return row & 7


def is_multiple(row: int) -> bool:
    """Whether a `Resource` has instances."""
    return row >> 4 & 1 == 1


def is_mandatory(row: int) -> bool:
    """Whether each instance of the object has the `Resource`."""
    return row >> 3 & 1 == 1


def row_of(definition: "Definition", number: int) -> "int | None":
    """The `Resource` of this number, or None."""
    for row in definition.resources:
        if row >> 9 == number:
            return row
    return None


class Instance:
    """One instance of an object.

    `values` has a value or callable for each resource that is there; `writers` a callable for
    resources whose writing does something: it is called with the new value before that is stored.
    `sinks` has, for opaque resources that are larger than memory, a callable that returns where
    the bytes go: an object with `write(data)`, closed when the transfer breaks off, and given to
    the resource's writer, in place of the value, when all is there.
    """

    # Set by the tree that has the instance: (object, instance, resource) changed.
    on_changed: "Callable[[int, int, int], object] | None" = None

    def __init__(
        self,
        definition: "Definition",
        number: int = 0,
        values: "Mapping[int, Any] | None" = None,
        writers: "Mapping[int, Callable[[Any], object]] | None" = None,
        sinks: "Mapping[int, Callable[[], Any]] | None" = None,
    ) -> None:
        self.definition = definition
        self.number = number
        self.values: "dict[int, Any]" = dict(values or {})
        self.writers = writers
        self.sinks = sinks

    def read(self, resource: int) -> "Any":
        """The value now; of a resource with instances a dict of theirs. KeyError without it."""
        value = self.values[resource]
        if callable(value):
            value = value()
        if isinstance(value, dict):
            return {at: one() if callable(one) else one for at, one in value.items()}
        return value

    def check(self, resource: int, value: "Any") -> None:
        """Raise `ValueError` for a value that may not be written. All of a request are checked
        before the first is stored; a subclass knows what to look for."""

    def write(self, resource: int, value: "Any") -> None:
        """Store what a server wrote. A resource with a callable for its value needs a writer."""
        writer = self.writers.get(resource) if self.writers else None
        if writer is not None:
            writer(value)
        if not callable(self.values.get(resource)) and not hasattr(value, "write"):
            self.values[resource] = value

    def is_writable(self, resource: int) -> bool:
        """Whether something takes what is written: a plain value, or a writer."""
        if self.writers and resource in self.writers:
            return True
        return not callable(self.values.get(resource))

    def remove(self, resource: int) -> None:
        """Take away a resource that a server's replacement leaves out."""
        if not callable(self.values.get(resource)):
            self.values.pop(resource, None)

    def execute(self, resource: int, arguments: "tuple[tuple[int, str | None], ...]") -> None:
        """Run an executable; `arguments` are (digit, text or None) in the order sent. KeyError
        without it."""
        self.values[resource](arguments)

    def open_sink(self, resource: int) -> "Any":
        """Where the bytes of an upload to a resource go, or None: they are gathered."""
        sink = self.sinks.get(resource) if self.sinks else None
        return None if sink is None else sink()

    def set(self, resource: int, value: "Any") -> None:
        """Store a value of the program's own, and tell the observers when it is another one."""
        if self.values.get(resource) != value:
            self.values[resource] = value
            self.changed(resource)

    def changed(self, resource: int) -> None:
        """Say that the value of a resource is another one: its observers learn of it."""
        if self.on_changed is not None:
            self.on_changed(self.definition.number, self.number, resource)


class Creatable:
    """An object of which servers may create and delete instances. `make(number)` gives a new
    `Instance`; without it that is a plain one, which holds what the server writes."""

    def __init__(
        self,
        definition: "Definition",
        make: "Callable[[int], Instance] | None" = None,
        most: int = 8,
    ) -> None:
        self.definition = definition
        self.most = most  # instances at once
        self._make = make

    def make(self, number: int) -> "Instance":
        """A new instance of this number."""
        return self._make(number) if self._make else Instance(self.definition, number)
