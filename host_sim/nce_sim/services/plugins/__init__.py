"""Plugins of partners: events for Datacake and Tartabit; the CoAP proxy to Mender and Memfault."""
