"""Whether all that was made of a session adds up: frames, windows, transcripts, segments, rows."""
