# Freezes the driver into a firmware image: include("$(...)/modem/manifest.py") in your own one.
# Without `metadata`: a manifest that includes two others may have it once. `package.json` has it.
package("nce_modem")  # noqa: F821 - the manifest reader gives it
