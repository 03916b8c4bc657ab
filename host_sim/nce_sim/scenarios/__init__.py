"""Whole stories played in the simulated world, each with a report that a test can assert on."""
