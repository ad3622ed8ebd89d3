"""The deployment uses TFLM's reference kernels on a core for which CMSIS-NN is made.

Why: CMSIS-NN gives the same results and is 5 to 25 times faster on Cortex-M cores with the DSP
extension or Helium.

How to fix: build TFLM with `OPTIMIZED_KERNEL_DIR=cmsis_nn` and set `kernels = "cmsis-nn"`.
"""

from __future__ import annotations

from collections.abc import Iterator

from estimator.facts.runtime import Kernels
from estimator.lint import Problem, Rule, Severity, Subject


def check(subject: Subject) -> Iterator[Problem]:
    runtime = subject.estimate.runtime
    if runtime.kernels is Kernels.REFERENCE and (runtime.core.dsp or runtime.core.mve):
        yield Problem(
            f"reference kernels on {runtime.core.name}, which CMSIS-NN has faster ones for",
            "build TFLM with OPTIMIZED_KERNEL_DIR=cmsis_nn",
        )


RULES = (Rule("MCU505", "reference-kernels", Severity.ADVICE, check),)
