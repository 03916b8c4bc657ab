"""Where 1NCE OS listens: names and UDP ports, reachable over the SIM's data session alone.

The names resolve to private addresses; 1NCE says that these can change, so ask DNS.
"""

COAP_HOST = "coap.os.1nce.com"
COAP_PORT = 5683
COAPS_PORT = 5684

UDP_HOST = "udp.os.1nce.com"
UDP_PORT = 4445

LWM2M_HOST = "lwm2m.os.1nce.com"
LWM2M_PORT = 5683
LWM2MS_PORT = 5684

PROXY_HOST = "coap.proxy.os.1nce.com"
