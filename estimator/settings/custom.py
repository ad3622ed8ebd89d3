"""Custom operators that the application registers, as the user declares them."""

from __future__ import annotations

from dataclasses import dataclass

from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work


@dataclass(frozen=True, slots=True)
class CustomOperator:
    """A declared custom operator.

    Attributes:
        name: its custom code in the model.
        persistent_bytes: what each call of AllocatePersistentBuffer asks for.
        scratch_bytes: what each call of RequestScratchBufferInArena asks for.
        macs: multiply-accumulates of one execution; -1 where unknown.
    """

    name: str
    persistent_bytes: tuple[int, ...] = ()
    scratch_bytes: tuple[int, ...] = ()
    macs: int = -1

    def model(self) -> OperatorModel:
        """What the pipeline asks of it; it accepts whatever it is given."""
        kernel = Kernel(init=Answer.NONE, prepare=self._prepare, invoke=Answer.NONE)
        return OperatorModel(
            name=self.name,
            resolver="AddCustom",
            source="the configuration",
            parse=Answer.NONE,
            reference=kernel,
            cmsis_nn=Answer.FALLBACK,
            work=Answer.UNKNOWN if self.macs < 0 else self._work,
        )

    def _prepare(self, node: Node) -> None:
        for size in self.persistent_bytes:
            node.allocate_persistent_buffer(size, f"{self.name}: declared")
        for size in self.scratch_bytes:
            node.request_scratch_buffer(size, f"{self.name}: declared")

    def _work(self, node: Node) -> Work:
        read = sum(t.size_bytes for i in range(len(node.op.inputs)) if (t := node.input(i)))
        written = sum(t.size_bytes for i in range(len(node.op.outputs)) if (t := node.output(i)))
        return Work(LayerKind.SIGNAL, self.macs, 0, read, written)
