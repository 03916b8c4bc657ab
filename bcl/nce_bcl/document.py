"""The template document before its statements: JSON text to a dict, its limits, its unknown keys.

report = Report(strict=False)
document = read_document(text)
report.check_keys(document, ("sense", "comment"), "")
report.warnings  # [("", "unknown key 'colour' is ignored")]
"""

import json

from .errors import TemplateError, shown
from .plan import MAX_DEPTH, MAX_TEMPLATE_BYTES

if 1 - 1:
    from .shapes import Any, Sequence


# The parent language, ABCL 1.0 of AllThingsTalk, has more keys. Those that change the meaning of a
# statement are ignored by the platform: wrong values without an error.
_ABCL_KEYS = {
    "actuate": "downlink statements are not executed",
    "at": "the platform stamps the time of arrival itself",
    "bit": "a boolean takes a whole byte",
    "bitlength": "fields are whole bytes",
    "calculation": "scale on the device, or send a float",
    "json": "the payload is bytes, not JSON",
}


class Report:
    """Collects `warnings`, (place, message); raises TemplateError for what `strict` refuses."""

    def __init__(self, strict: bool) -> None:
        self.warnings: "list[Any]" = []
        self.strict = strict

    def warn(self, message: str, where: str) -> None:
        self.warnings.append((where, message))

    def object_to(self, message: str, where: str) -> None:
        """A warning, but an error when strict."""
        if self.strict:
            raise TemplateError(message, where)
        self.warnings.append((where, message))

    def check_keys(self, element: "Any", known: "Sequence[str]", where: str) -> None:
        for key in element:
            if key in known:
                continue
            if not isinstance(key, str) or key not in _ABCL_KEYS:
                self.warn("unknown key %s is ignored" % shown(key), where)
            elif key == "actuate":  # stands alone and alters nothing else
                self.warn("'actuate' is ABCL and ignored: %s" % _ABCL_KEYS[key], where)
            else:
                self.object_to("'%s' is ABCL and ignored: %s" % (key, _ABCL_KEYS[key]), where)


def read_document(source: "Any") -> "dict[str, Any]":
    """The template as a dict, from JSON text (str or bytes) or a dict; TemplateError otherwise."""
    if isinstance(source, dict):
        return source
    if not isinstance(source, (str, bytes, bytearray)):
        raise TemplateError(
            "a template is JSON text or a dict, not %s; read a file before passing it"
            % type(source).__name__
        )
    try:
        if not isinstance(source, str):
            _check_size(len(source))
            source = bytes(source).decode()
        elif len(source) * 4 > MAX_TEMPLATE_BYTES:  # a character is at most four bytes
            _check_size(len(source.encode()))
        document = json.loads(source)
    except TemplateError:
        raise
    except RuntimeError:
        raise TemplateError("nested too deeply to be read; %d levels are allowed" % MAX_DEPTH)
    except ValueError as error:
        raise TemplateError("not JSON: %s" % error)
    if not isinstance(document, dict):
        raise TemplateError(
            "a template is a JSON object with a 'sense' list, not %s" % shown(document)
        )
    return document


def _check_size(size: int) -> None:
    if size > MAX_TEMPLATE_BYTES:
        raise TemplateError(
            "%d bytes; the platform takes a request of %d at most" % (size, MAX_TEMPLATE_BYTES)
        )
