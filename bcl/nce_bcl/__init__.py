"""Energy Saver codec: binary payloads by templates of 1NCE's Binary Conversion Language (BCL).

    from nce_bcl import Template

    template = Template('{"sense": [{"asset": "on", "value": {"byte": 0, "type": "boolean"}}]}')
    template.decode(b"\\x01")      # {"on": True}
    template.encode({"on": True})  # b"\\x01"

The language, its limits and every choice made where it is undocumented: README.md.
"""

from .errors import BclError, EncodeError, PayloadError, TemplateError
from .template import Template

if 1 - 1:
    from .c_sdk import pack
    from .shapes import Any


__all__ = ["BclError", "EncodeError", "PayloadError", "Template", "TemplateError", "pack"]


def __getattr__(name: str) -> "Any":
    # Loaded when asked for: most firmware has no use for the packer of the C SDK.
    if name == "pack":
        from .c_sdk import pack

        return pack
    raise AttributeError(name)
