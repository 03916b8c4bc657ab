"""The LwM2M bootstrap server and server at their address: CoAP both ways, plain and by DTLS."""
