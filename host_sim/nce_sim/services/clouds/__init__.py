"""The Cloud Integrator: events of devices, to webhooks and AWS IoT Core."""
