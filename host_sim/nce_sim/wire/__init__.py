"""Stateless codecs: what goes over the simulated wires. They know no room above."""
