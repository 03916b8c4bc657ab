# Freezes the codec into a firmware image: include("$(...)/bcl/manifest.py") in your own manifest.
# Without `metadata`: a manifest that includes two others may have it once. `package.json` has it.

# The codec alone: lint, explain, compile and the like serve the host.
package(  # noqa: F821 - the manifest reader gives it
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
