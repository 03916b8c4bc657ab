"""Between modem and service: operator, cells, link, core network, addresses and names."""
