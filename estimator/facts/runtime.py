"""What TFLM is built as: kernel library, core, and the layout of its structs.

Struct sizes are what a compiler prints; they live in ``data/layouts/*.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from estimator.errors import FactsError


class Kernels(str, Enum):
    """The kernel library that TFLM is built with (OPTIMIZED_KERNEL_DIR)."""

    REFERENCE = "reference"
    CMSIS_NN = "cmsis-nn"


_NEVER_FPU = ("cortex-m0plus", "cortex-m3")


@dataclass(frozen=True, slots=True)
class Core:
    """A CPU core, by the features that change TFLM's or CMSIS-NN's behaviour.

    Attributes:
        name: such as ``cortex-m4``.
        dsp: ARM_MATH_DSP, the SIMD instructions of the DSP extension.
        mve: ARM_MATH_MVEI, Helium.
        fpu: a floating-point unit of at least single precision.
        double_fpu: a Cortex-M7's with double precision; other cores come with one kind of unit.
    """

    name: str
    dsp: bool = False
    mve: bool = False
    fpu: bool = False
    double_fpu: bool = False

    @property
    def code_name(self) -> str:
        """What code is compiled for, such as ``cortex-m4``.

        ``cortex-m7-dp`` with double_fpu: the suffix is that of Arm's device headers (CMSIS_5
        71cca278, ARMCM7_DP.h); GCC calls the two units fpv5-sp-d16 and fpv5-d16. ``-nofp`` (GCC's
        word) where a core that comes with a unit is used without.
        """
        if self.double_fpu:
            return f"{self.name}-dp"
        return self.name if self.fpu or self.name in _NEVER_FPU else f"{self.name}-nofp"


@dataclass(frozen=True, slots=True)
class Layout:
    """Sizes and alignments of TFLM's structs under one ABI.

    Attributes:
        name: such as ``arm-none-eabi``.
        pointer_bytes: size of a pointer.
        structs: struct name -> (size, alignment), both in bytes.
        compression: whether TFLM is built with USE_TFLM_COMPRESSION.
        source: how the sizes were found.
    """

    name: str
    pointer_bytes: int
    structs: Mapping[str, tuple[int, int]]
    compression: bool = False
    source: str = ""

    def size_of(self, struct: str) -> int:
        """Bytes of a struct. Raises FactsError if the layout file lacks it."""
        return self._entry(struct)[0]

    def align_of(self, struct: str) -> int:
        """Alignment of a struct in bytes. Raises FactsError if the layout file lacks it."""
        return self._entry(struct)[1]

    def _entry(self, struct: str) -> tuple[int, int]:
        try:
            return self.structs[struct]
        except KeyError:
            raise FactsError(
                f"the layout {self.name!r} does not say how large {struct} is",
                where=f"layouts/{self.name}.toml",
            ) from None


@dataclass(frozen=True, slots=True)
class Runtime:
    """TFLM as it is built for a target."""

    kernels: Kernels
    core: Core
    layout: Layout
    tflm_commit: str = "90b983c2"
    cmsis_nn_commit: str = "4ab83cc3"

    @property
    def name(self) -> str:
        """Such as ``tflm-90b983c2/cmsis-nn/cortex-m4/arm-none-eabi``."""
        core = self.core.code_name
        return f"tflm-{self.tflm_commit}/{self.kernels.value}/{core}/{self.layout.name}"
