# Freezes the SDK into a firmware image: include("$(...)/sdk/manifest.py") in your own manifest.
# Include the manifest of `bcl` as well, for `nce.energy_saver` and `nce.device`; the rest of `nce`
# runs without it. Without `metadata`: a manifest that includes two others may have it once.
# `package.json` has it.
package("nce")  # noqa: F821 - the manifest reader gives it
