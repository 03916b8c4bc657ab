"""What a running world can be told: one table of verbs, and the channel that carries them."""
