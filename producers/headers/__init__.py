"""What the headers of sound files state, read without decoding."""
