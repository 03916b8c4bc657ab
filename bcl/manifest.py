# Freezes the codec into a firmware image: include("$(...)/bcl/manifest.py") in your own manifest.
metadata(  # noqa: F821 - defined by MicroPython's makemanifest.py
    description="Codec for 1NCE OS Energy Saver templates (BCL)",
    version="0.1.0",
    license="MIT",
)

package("nce_bcl")  # noqa: F821
