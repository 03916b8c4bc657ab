"""CoRE links (Content-Format 40; RFC 6690): what Register and Discover say of objects.

    encode((
        ((), (("rt", "oma.lwm2m"), ("ct", 112))),
        ((1, 0), ()),
        ((3303,), (("ver", "1.1"),)),
        ((3303, 0), ()),
    ))
    # b'</>;rt="oma.lwm2m";ct=112,</1/0>,</3303>;ver=1.1,</3303/0>'

One `ct`, or none: several in quotes are refused by Wakaama and by what comes of it.
"""

from nce.lwm2m import numerals, path

if 1 - 1:
    from nce.seams import Any, Path, Sequence

    Attributes = Sequence[tuple[str, Any]]


def encode(links: "Sequence[tuple[Path, Attributes]]", root: str = "") -> bytes:
    """The list of links, each a path and attributes with their values: a number, a text, or None.

    `root` is what stands before every path, such as "/lwm2m" (OMA-TS-LightweightM2M_Core 1.1,
    6.2.1); a path of none is the root itself.
    """
    written = []
    for at, attributes in links:
        written.append("<%s>%s" % (_target(root, at), "".join([_one(*one) for one in attributes])))
    return ",".join(written).encode()


def _target(root: str, at: "Path") -> str:
    return root + path.text(at) if at or not root else root


def _one(name: str, value: "Any") -> str:
    if value is None:
        return ";" + name
    if isinstance(value, float):
        value = numerals.without_exponent(numerals.digits(value))
    elif isinstance(value, str) and name not in ("ver", "lwm2m"):
        # A version stands without quotes: Leshan refuses it in them.
        value = '"%s"' % value.replace("\\", "\\\\").replace('"', '\\"')
    return ";%s=%s" % (name, value)
