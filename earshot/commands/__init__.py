"""One command of the command line per file; each holds a click command called `command`."""
