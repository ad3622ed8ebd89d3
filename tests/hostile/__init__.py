"""Files made to break readers."""
