"""Holds estimates against what was measured: recordings of the arena, and golden records."""
