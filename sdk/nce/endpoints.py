"""Where 1NCE OS listens: names and UDP ports, reachable over the SIM's data session alone.

The names resolve to private addresses; 1NCE says that these can change, so ask DNS.
"""

# What the Device Authenticator hands out leads here; its answer comes in the clear.
DOMAIN = "os.1nce.com"

COAP_HOST = "coap.os.1nce.com"
COAP_PORT = 5683

UDP_HOST = "udp.os.1nce.com"
UDP_PORT = 4445
