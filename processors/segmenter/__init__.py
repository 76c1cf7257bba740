"""Frames in, windows of speech out: Silero VAD, endpointing and windowing in a Faust stage."""
