"""What is written to the objects of a device: all of a request, or nothing (LwM2M 1.1, 6.3.3).
Loaded when something is written."""

from nce.coap import codes
from nce.lwm2m.model import (
    WRITE,
    Refused,
    is_mandatory,
    is_multiple,
    kind_of,
    operations_of,
    row_of,
)

if 1 - 1:
    from nce.lwm2m.model import Instance
    from nce.lwm2m.tree import Tree
    from nce.seams import Any, Path, Sequence


def make(tree: "Tree", number: int, instance: int) -> "Instance":
    """Make an instance of an object; `Refused` where there can be none."""
    known = tree.objects.get(number)
    if known is None:
        raise Refused(codes.NOT_FOUND)
    creatable = known.creatable
    if creatable is None or len(known.instances) >= creatable.most:
        raise Refused(codes.METHOD_NOT_ALLOWED if creatable is None else codes.BAD_REQUEST)
    made = creatable.make(instance)
    tree.add(made)
    return made


def write(
    tree: "Tree",
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
            _plan(tree, planned, base, path, value, is_replacing, is_unbound)
    if len(base) > 2 and not planned:
        row = tree.row(base)
        if row is None or not is_multiple(row) or len(base) == 4:
            raise Refused(codes.BAD_REQUEST)  # a resource was asked for, and no value came
        _plan_one_of_many(planned, tree.instance(base), base, None, not is_replacing)
    for instance, resource, value in planned:
        if instance.definition.number == 1 and isinstance(value, int) and value < 0:
            raise Refused(codes.BAD_REQUEST)  # E.2: lifetimes, periods and numbers
        instance.check(resource, value)
    gone = _left_out(tree, base, planned) if is_replacing and len(base) == 2 else []
    return _store(tree, planned, gone)


def _plan(
    tree: "Tree",
    planned: "list[tuple[Instance, int, Any]]",
    base: "Path",
    path: "Path",
    value: "Any",
    is_replacing: bool,
    is_unbound: bool,
) -> None:
    instance = tree.instance(path)
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
        _plan_one_of_many(planned, instance, path, value, keeps)
    elif len(path) == 4 or value is None:
        raise Refused(codes.BAD_REQUEST)
    else:
        planned.append((instance, path[2], value))


def _plan_one_of_many(
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
    tree: "Tree", base: "Path", planned: "list[tuple[Instance, int, Any]]"
) -> "list[tuple[Instance, int]]":
    instance = tree.instance(base)
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
    tree: "Tree",
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
        tree.on_changed(path)
    return paths
