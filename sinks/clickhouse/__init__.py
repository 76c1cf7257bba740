"""Segments into rows, each once."""
