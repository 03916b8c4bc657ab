# ruff: noqa: F821 - names that the manifest reader gives
metadata(
    description="Portable AT modem driver: attach, datagram sockets, TCP streams",
    version="0.1.0",
    license="MIT",
)
package("nce_modem")
