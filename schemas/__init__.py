"""The contract between processes: events, their bytes, their topics and their tables."""
