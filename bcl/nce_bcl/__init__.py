"""Energy Saver codec: binary payloads by templates of 1NCE's Binary Conversion Language (BCL).

    from nce_bcl import Template

    template = Template('{"sense": [{"asset": "on", "value": {"byte": 0, "type": "boolean"}}]}')
    template.decode(b"\\x01")      # {"on": True}
    template.encode({"on": True})  # b"\\x01"

The language, its limits and every choice made where it is undocumented: README.md.
"""

from .errors import BclError, EncodeError, PayloadError, TemplateError
from .pack import pack
from .template import Template

__all__ = ["BclError", "EncodeError", "PayloadError", "Template", "TemplateError", "pack"]
