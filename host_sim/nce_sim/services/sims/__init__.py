"""The customer's SIMs: read, changed and written to, as the Management API has them."""
