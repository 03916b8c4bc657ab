"""1NCE's Management API: its models, the table of its operations, and a typed client.

from nce_api.models.sims import Sim
"""
