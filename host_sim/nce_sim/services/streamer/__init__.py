"""The Data Streamer: network events and usage of SIMs, to a customer's server or AWS."""
