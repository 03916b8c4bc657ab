"""Orders: of SIMs, volume, lifetimes and credits; and what becomes of them."""
