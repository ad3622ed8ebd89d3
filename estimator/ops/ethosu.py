"""ethos-u, the command stream of an Arm Ethos-U NPU, after kernels/ethosu.cc (90b983c2).

Neither kernel library has it: AddEthosU() registers nothing, and the model isn't loaded. Only
builds with the co-processor's kernel (kernels/ethos_u/ethosu.cc and Arm's driver) know it.
"""

from __future__ import annotations

from estimator.opmodel import Answer, Kernel, Node, OperatorModel, Stage


def parse(node: Node) -> None:
    node.stage = Stage.LOAD
    node.refuse(
        "ethos-u is known only to a TFLM built for an Ethos-U NPU",
        fix="take the model as it was before Vela compiled it, or build TFLM with "
        "CO_PROCESSOR=ethos_u and declare ethos-u as a custom operator",
    )


OPERATORS = (
    OperatorModel(
        name="ethos-u",
        resolver="AddEthosU",
        source="kernels/ethosu.cc",
        parse=parse,
        reference=Kernel(init=Answer.NONE, prepare=Answer.NONE, invoke=Answer.NONE),
        cmsis_nn=Answer.FALLBACK,
        work=Answer.UNKNOWN,
    ),
)
