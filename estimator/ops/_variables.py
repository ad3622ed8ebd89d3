"""Resource variables: which there are, and which kernel allocates each.

Mirrors MicroResourceVariables in tensorflow/lite/micro/micro_resource_variable.cc and how
kernels/var_handle.cc and assign_variable.cc use it in Prepare (tflite-micro 90b983c2). The object
itself is the application's; here it is taken to exist and to have room for every variable.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from estimator.graph import Graph, Op, Subgraph, Tensor


@dataclass(slots=True)
class ResourceVariables:
    """The state after the Prepares of some operators, in TFLM's order.

    Attributes:
        handles: (container or None, shared name) of each variable; its id is the position.
        ids: (subgraph, tensor) of each handle whose data pointer VAR_HANDLE has set -> id.
        sizes_bytes: id -> size of the buffer that ASSIGN_VARIABLE has allocated.
    """

    handles: list[tuple[str | None, str]] = field(default_factory=list)
    ids: dict[tuple[int, int], int] = field(default_factory=dict)
    sizes_bytes: dict[int, int] = field(default_factory=dict)

    def create_id_if_none_found(self, container: str | None, shared_name: str) -> int:
        """CreateIdIfNoneFound: a handle without container matches any container."""
        for index, (known_container, known_name) in enumerate(self.handles):
            if shared_name == known_name and container in (None, known_container):
                return index
        self.handles.append((container, shared_name))
        return len(self.handles) - 1

    def compares_null(self, container: str | None, shared_name: str) -> bool:
        """Whether FindId hands strcmp the null container of a handle before it finds this one."""
        if container is None:
            return False
        for known_container, known_name in self.handles:
            if known_container is None:
                return True
            if (known_container, known_name) == (container, shared_name):
                return False
        return False

    def id_of(self, subgraph: Subgraph, tensor: Tensor) -> int | None:
        """The id that the tensor's data holds during Prepare; None where it has no data yet."""
        if tensor.data is not None and len(tensor.data) >= 4:
            return int.from_bytes(tensor.data[:4], "little", signed=True)
        return self.ids.get((subgraph.index, tensor.index))

    def prepare(self, subgraph: Subgraph, op: Op) -> None:
        """What the Prepare of one operator does here."""
        if op.is_custom:
            return
        if op.name == "VAR_HANDLE" and op.outputs:
            index = self.create_id_if_none_found(*handle(op))
            self.ids[subgraph.index, op.outputs[0]] = index
        elif op.name == "ASSIGN_VARIABLE" and len(op.inputs) == 2 and min(op.inputs) >= 0:
            target, value = (subgraph.tensors[index] for index in op.inputs)
            index_or_none = self.id_of(subgraph, target)
            if index_or_none is not None and 0 <= index_or_none < len(self.handles):
                self.sizes_bytes.setdefault(index_or_none, value.size_bytes)


def handle(op: Op) -> tuple[str | None, str]:
    """(container, shared name) of a VAR_HANDLE, as strcmp reads them."""
    options = op.options or {}
    container, name = options.get("container"), options.get("shared_name")
    return (
        container.split("\0")[0] if isinstance(container, str) else None,
        name.split("\0")[0] if isinstance(name, str) else "",
    )


def variables_before(graph: Graph, subgraph: int, operator: int) -> ResourceVariables:
    """The state that the Prepare of one operator meets."""
    state = ResourceVariables()
    for owner, op in graph.operators:
        if (owner.index, op.index) >= (subgraph, operator):
            break
        state.prepare(owner, op)
    return state


def variables_after_prepare(graph: Graph) -> ResourceVariables:
    """The state that Invoke meets; ``handles`` tells how many variables the model needs."""
    state = ResourceVariables()
    for owner, op in graph.operators:
        state.prepare(owner, op)
    return state
