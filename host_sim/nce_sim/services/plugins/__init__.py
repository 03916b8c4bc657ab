"""Plugins of partners: Datacake and Tartabit get events; Mender and Memfault serve the CoAP proxy."""
