"""`earshot doctor`: what is in order on this machine, what is not, and what to do about it."""
