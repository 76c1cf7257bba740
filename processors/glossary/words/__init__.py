"""Which words exist: what was heard may be one, and then it is not changed for sounding like a term."""
