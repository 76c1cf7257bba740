"""Real weights on human speech: what the random and the demo model cannot show."""
