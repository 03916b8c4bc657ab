"""Who may come in: API credentials, portal users, their permissions, and tokens."""
