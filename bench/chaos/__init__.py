"""Kills, stops and restarts everything while the exercise plays, and compares with the run that nobody disturbed."""
