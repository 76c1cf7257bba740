"""Human speech with true texts, on real weights: words lost, doubled and invented, beside bare faster-whisper."""
