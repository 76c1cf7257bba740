"""Segments of one channel as captions and annotations."""
