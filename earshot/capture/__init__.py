"""The parts of `earshot capture`: one way in per file, and what they share."""
