"""What `earshot kafka` shows and does."""
