"""Sequans Monarch 2: the GM02S."""
