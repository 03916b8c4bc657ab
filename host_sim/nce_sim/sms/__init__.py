"""The short message service: the centre, and the forwarder of what devices send."""
