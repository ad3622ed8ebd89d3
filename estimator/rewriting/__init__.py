"""Write changed models."""
