"""The Python API: every public name, with its signature and its docstring."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator

import nce_api
import nce_bcl
import nce_modem
import nce_sim
from hub.markdown import code, plain, prose
from nce import names
from nce_modem.families import FAMILIES

_WIDTH = 88


def page() -> str:
    """All packages, one after the other."""
    parts = [
        "# Python API",
        "The names that a program may count on. Others may change in any version.",
    ]
    for package, public in _public().items():
        module = importlib.import_module(package)
        parts.append(f"## {package}\n\n{prose(module.__doc__ or '')}")
        for name in public:
            parts += _parts(package, name, getattr(module, name))
    return "\n\n".join(parts) + "\n"


def _public() -> dict[str, list[str]]:
    families = " ".join(row.partition(":")[2] for row in FAMILIES.split(",")).split()
    return {
        "nce": [name for row in names.ROOMS.split(",") for name in row.partition(":")[2].split()],
        "nce_modem": ["Modem", *nce_modem.ERRORS.split(), *families],
        "nce_bcl": list(nce_bcl.__all__),
        "nce_sim": list(nce_sim.__all__),
        "nce_api": list(nce_api.__all__),
    }


def _parts(package: str, name: str, value: object) -> Iterator[str]:
    yield f"### {package}.{name}"
    if inspect.isclass(value):
        yield _signature(name, value)
        yield _said(value)
        for member, attribute in vars(value).items():
            if member.startswith("_"):
                continue
            function = (
                attribute.__func__
                if isinstance(attribute, classmethod | staticmethod)
                else attribute
            )
            if isinstance(function, property) and function.fget is not None:
                yield f"#### {name}.{member}\n\n{_said(function.fget)}"
            elif inspect.isfunction(function):
                yield f"#### {name}.{member}\n\n{_signature(f'{name}.{member}', function)}"
                yield _said(function)
    elif callable(value) and hasattr(value, "__code__"):
        yield _signature(name, value)
        yield _said(value)
    else:
        profile = getattr(value, "profile", None)
        shown = f"{profile.name}, a modem family" if profile else repr(value)
        yield plain(f"A value: {shown}.")


def _signature(name: str, value: object) -> str:
    try:
        shown = str(_bare(inspect.signature(value)))  # type: ignore[arg-type]
    except (TypeError, ValueError):  # a class made in C has none
        return f"```python\n{name}\n```"
    kind = "async " if inspect.iscoroutinefunction(value) else ""
    if len(name + shown) > _WIDTH:
        signature = _bare(inspect.signature(value))  # type: ignore[arg-type]
        arguments = "".join(f"    {one},\n" for one in _arguments(signature))
        shown = f"(\n{arguments}){shown[shown.rindex(')') + 1 :]}"
    return f"```python\n{kind}{name}{shown}\n```"


def _arguments(signature: inspect.Signature) -> Iterator[str]:
    is_keyword = False
    for one in signature.parameters.values():
        if one.kind is one.KEYWORD_ONLY and not is_keyword:
            yield "*"
        is_keyword = is_keyword or one.kind in (one.KEYWORD_ONLY, one.VAR_POSITIONAL)
        yield str(one)


class _Bare(str):
    """An annotation that is shown as it is written."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _bare(signature: inspect.Signature) -> inspect.Signature:
    def shown(annotation: object) -> object:
        return _Bare(annotation) if isinstance(annotation, str) else annotation

    parameters = [
        one.replace(annotation=shown(one.annotation)) for one in signature.parameters.values()
    ]
    return signature.replace(
        parameters=parameters, return_annotation=shown(signature.return_annotation)
    )


def _said(value: object) -> str:
    docstring = inspect.getdoc(value) or ""
    where = getattr(value, "__module__", "")
    source = f"\n\nSource: {code(where)}" if inspect.isclass(value) else ""
    return prose(docstring) + source
