"""An input of the model has a dimension that is left open, other than the batch.

Why: TFLM allocates once, with the shape in the file, and takes an open dimension for what the
converter wrote, mostly 1. The application can't resize it later.

How to fix: give the input a fixed shape before converting (`tf.keras.Input(batch_size=1, ...)`).
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.lint import Problem, Rule, Severity, Subject, short


def check(subject: Subject) -> Iterator[Problem]:
    main = subject.estimate.graph.main
    for index in main.inputs:
        tensor = main.tensors[index]
        if any(dimension < 0 for dimension in tensor.shape_signature[1:]):
            yield Problem(
                f"input {short(tensor.name)!r} has the open shape "
                f"{list(tensor.shape_signature)}; TFLM takes {list(tensor.shape)}",
                "fix the shape before converting", 0, None, index,
            )  # fmt: skip


RULES = (Rule("MCU701", "dynamic-shape", Severity.ADVICE, check),)
