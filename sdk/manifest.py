# ruff: noqa: F821 (the functions of a manifest are given by its reader)
# `require` does not reach beside this folder: freeze `nce_bcl` by its own manifest as well, for
# `nce.energy_saver` and `nce.device`; the rest of `nce` runs without it.
metadata(
    description="1NCE IoT SDK: CoAP, DTLS 1.2 with pre-shared keys, Device Authenticator",
    version="0.1.0",
    license="MIT",
)
package("nce")
