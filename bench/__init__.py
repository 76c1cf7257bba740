"""Measurements: each a command that runs real parts, compares within one run, and prints a table."""
