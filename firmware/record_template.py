"""What packs the records: the template, or the codec, that `config.TEMPLATE` names.

template_of("blueprints/status_template.json")  # takes the heap of all of `nce_bcl`
template_of("blueprints.status_codec")  # made by `nce bcl compile`
"""

import json

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any


def template_of(name: "str | None") -> "Any":
    """What packs the records: of a `.json` a `Template`, else the module of that name.

    Raises `OSError` and `ValueError` of a file that is no template, `ImportError` of a module.
    """
    if name is None:
        return None
    if name.endswith(".json"):
        from nce_bcl import Template

        try:
            file = open(name)
        except OSError:
            file = open(beside(name))
        with file:
            return Template(json.loads(file.read()))
    codec = __import__(name, None, None, ("encode",))
    if not hasattr(codec, "encode"):
        raise ValueError("%s is no codec: it has no encode" % name)
    return codec


def beside(name: str) -> str:
    """A file of the firmware, which need not be the working folder."""
    return __file__.rsplit("/", 1)[0] + "/" + name if "/" in __file__ else name
