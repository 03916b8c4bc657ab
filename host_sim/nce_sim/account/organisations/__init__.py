"""Organisations: the account, its sub-accounts, their addresses, and what holds for all SIMs."""
