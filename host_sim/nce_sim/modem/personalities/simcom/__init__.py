"""SIMCom modems: SIM7070 and SIM7080 with the CA commands, SIM7000 with the CIP commands."""
