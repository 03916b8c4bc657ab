"""One device of the world: what it says, went through and exchanged, and what can happen to it."""
