"""Control of a running world: one table of verbs, and the channel that carries them."""
