"""Real Whisper weights for tests and benchmarks, fetched by hash; no part of the product."""
