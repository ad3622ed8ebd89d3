"""The only place that knows the .tflite format (the ``tflite`` and ``flatbuffers`` packages)."""

from estimator.reading.model import open_model, read
from estimator.reading.schema import custom_operator_name
from estimator.reading.verification import verify

__all__ = ["custom_operator_name", "open_model", "read", "verify"]
