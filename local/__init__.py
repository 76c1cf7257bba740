"""The embedded default: a real broker and the ClickHouse engine without Docker, and a runner of processes."""
