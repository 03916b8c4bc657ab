"""The 1NCE IoT SDK: CoAP, DTLS, the Device Authenticator, the Energy Saver and `Device`.

One code base for MicroPython and CPython. Import what is needed and nothing more is loaded:

    from nce.coap import CoapClient
    from nce.datagram import open_datagram

    port = await open_datagram("coap.os.1nce.com", 5683)
    client = CoapClient(port)
"""

__version__ = "0.1.0"
