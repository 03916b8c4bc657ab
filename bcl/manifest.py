# Freezes the codec into a firmware image: include("$(...)/bcl/manifest.py") in your own manifest.
metadata(  # noqa: F821 - defined by MicroPython's makemanifest.py
    description="Codec for 1NCE OS Energy Saver templates (BCL)",
    version="0.1.0",
    license="MIT",
)

# The codec alone: lint, explain, compile and the like serve the host.
package(  # noqa: F821
    "nce_bcl",
    files=(
        "__init__.py",
        "branches.py",
        "c_sdk.py",
        "decimals.py",
        "decode.py",
        "document.py",
        "encode.py",
        "errors.py",
        "forget.py",
        "parse.py",
        "paths.py",
        "plan.py",
        "read.py",
        "selectors.py",
        "shortest.py",
        "straight.py",
        "straight_decode.py",
        "straight_encode.py",
        "template.py",
        "utf8.py",
        "write.py",
    ),
)
