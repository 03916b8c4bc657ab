"""What 1NCE's Management API takes and gives, one module for each group of its documents.

    from nce_api.models import clouds, sims
    clouds.NewWebhook(name="ours", url="https://example.org/in", headers={}, eventTypes=[...])

Written from the documents in `nce_api/documents`; `sides.py` says how the two directions differ.
Where the two versions of the SIM group have a class of the same name, each module has its own.
"""
