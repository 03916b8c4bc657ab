"""Asset paths that cannot stand together: "a" holds a value, so "a.b" cannot be written beside it.

Statements of different cases of one switch never run together. Two switches in a row may or may
not, so there the clash is a warning here and a PayloadError when a payload brings it about.
"""

from .errors import TemplateError

if 1 - 1:
    from .plan import Field
    from .shapes import Any, Block


_DIRECT = -1  # written by an enclosing block, hence on the same path of execution for certain


def check_paths(plan: "Block", warnings: "list[tuple[str, str]]") -> None:
    """Raises TemplateError for a certain clash; warns of possible ones and of repeated assets."""
    _check_block(plan, 0, {}, {}, [], warnings)


def _check_block(
    block: "Block",
    level: int,
    values: "dict[str, int]",
    objects: "dict[str, int]",
    log: "list[Any]",
    warnings: "list[tuple[str, str]]",
) -> None:
    # values: asset -> tag, objects: path of an object -> tag. The tag is _DIRECT, or the level of
    # the block whose finished switch wrote it. The log lets a case be undone before the next.
    for statement in block:
        if len(statement) == 4:
            _check_field(statement, level, values, objects, log, warnings)
            continue
        branches = [case.block for case in statement.cases]
        if statement.default is not None:
            branches.append(statement.default)
        written = []
        for branch in branches:
            mark = len(log)
            _check_block(branch, level + 1, values, objects, log, warnings)
            while len(log) > mark:
                tags, path, previous = log.pop()
                written.append((tags, path))
                if previous is None:
                    del tags[path]
                else:
                    tags[path] = previous
        for tags, path in written:
            tag = tags.get(path)
            if tag is None or _DIRECT < tag < level:
                _write(tags, path, level, log)


def _check_field(
    field: "Field",
    level: int,
    values: "dict[str, int]",
    objects: "dict[str, int]",
    log: "list[Any]",
    warnings: "list[tuple[str, str]]",
) -> None:
    asset = field.asset
    if values.get(asset) in (_DIRECT, level):
        warnings.append((asset, "mapped twice; one value is lost"))
    clash = objects.get(asset)
    other = "names below it"
    path = ""
    for key in field.keys[:-1]:
        path = path + "." + key if path else key
        tag = values.get(path)
        if tag is not None:
            clash = tag
            other = path
        _write(objects, path, _DIRECT, log)
    if clash is not None:
        message = "mapped beside %s: one of them would have to be value and object" % other
        if clash in (_DIRECT, level):
            raise TemplateError(message, asset)
        warnings.append((asset, message))
    _write(values, asset, _DIRECT, log)


def _write(tags: "dict[str, int]", path: str, tag: int, log: "list[Any]") -> None:
    previous = tags.get(path)
    if previous != tag:
        log.append((tags, path, previous))
        tags[path] = tag
