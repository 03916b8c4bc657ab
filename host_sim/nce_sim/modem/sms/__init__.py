"""Short messages in a modem: what comes in, what is kept, how it is shown."""
