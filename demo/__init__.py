"""The sixteen-channel exercise: its script, its sound and its true words."""
