"""Fits rates to measurements and writes data/calibrations (needs the extra ``calibrate``)."""
