"""Short messages as bytes: TPDUs and the GSM 7-bit alphabet (TS 23.040, TS 23.038)."""
