"""Tables of objects, one module each, made by `nce lwm2m object` of OMA's definitions.

    from nce.lwm2m.objects.temperature import DEFINITION

Some have a class beside this folder that feeds them: see docs/lwm2m.md.
"""
