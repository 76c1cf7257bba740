"""Replay, comparison and export of what lies in the log: nothing below imports it."""
