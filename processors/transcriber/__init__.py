"""The consumer group that owns the model: speech windows in, transcripts out, each exactly once."""
