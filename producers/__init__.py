"""Sound in: files, devices and network streams, framed and published to the log."""
