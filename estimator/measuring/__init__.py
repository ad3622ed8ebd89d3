"""Measures models on boards, real and emulated, with the firmware harness; prints nothing."""

from estimator.measuring.record import Record
from estimator.measuring.record_files import Written, read_record, read_records, write_record
from estimator.measuring.run import Outcome, Progress, measure

__all__ = [
    "Outcome",
    "Progress",
    "Record",
    "Written",
    "measure",
    "read_record",
    "read_records",
    "write_record",
]
