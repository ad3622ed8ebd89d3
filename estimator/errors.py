"""The errors that mculint raises on purpose: each says what is wrong, where, and what to do."""

from __future__ import annotations

from typing import Any


class EstimatorError(Exception):
    """Base of all errors raised on bad input.

    Args:
        message: what is wrong.
        where: path to the fault, such as ``model.tflite: subgraphs[0].operators[3].inputs[1]``.
        fix: what the user can do about it.
    """

    def __init__(self, message: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(message, where, fix)
        self.message = message
        self.where = where
        self.fix = fix

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self.message, self.where, self.fix)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.args == getattr(other, "args", None)

    def __hash__(self) -> int:
        return hash((type(self), self.args))

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.fix})" if self.fix else text


def _rebuild(kind: type[EstimatorError], message: str, where: str, fix: str) -> EstimatorError:
    """What a pickled error becomes (it travels between processes)."""
    return kind(message, where=where, fix=fix)


class ModelError(EstimatorError):
    """The file is not a readable TensorFlow Lite model."""


class FactsError(EstimatorError):
    """A board, layout, runtime or calibration file is missing or wrong."""


class ConfigError(EstimatorError):
    """The user's configuration or command line is wrong."""


class MeasurementError(EstimatorError):
    """A measurement on a board, real or emulated, failed."""
