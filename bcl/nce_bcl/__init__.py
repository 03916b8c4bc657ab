"""Energy Saver codec: binary payloads by templates of 1NCE's Binary Conversion Language (BCL).

    from nce_bcl import Template

    template = Template('{"sense": [{"asset": "t", "value": {"byte": 0, "bytelength": 2, "type": "int"}}]}')
    template.decode(b"\\x01\\x1c")  # {"t": 284}
    template.encode({"t": 284})    # b"\\x01\\x1c"

The language, its limits and every choice made where it is undocumented: README.md.
"""

from .errors import BclError, EncodeError, PayloadError, TemplateError
from .pack import pack
from .template import Template

__all__ = ["BclError", "EncodeError", "PayloadError", "Template", "TemplateError", "pack"]
