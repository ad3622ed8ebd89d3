"""Coverage-guided fuzzing of reading, estimating and checking: ``python -m fuzz --help``."""
