"""Where the text goes."""
