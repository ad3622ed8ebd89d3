"""What the user writes down: the configuration, and which files it means."""
