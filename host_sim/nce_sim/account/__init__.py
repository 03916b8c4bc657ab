"""The customer's account: subscriptions, volume, limits, usage records and events."""
