"""The Device Controller: what the customer sends to a device, now or when it is active."""
