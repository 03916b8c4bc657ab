"""One device of the world: what it says, went through and exchanged, and what befalls it."""
