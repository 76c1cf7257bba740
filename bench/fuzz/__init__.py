"""Hostile messages on every topic of a real stack: nothing may die, nothing bad may vanish, nothing good may stop."""
