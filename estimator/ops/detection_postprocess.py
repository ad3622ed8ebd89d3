"""TFLite_Detection_PostProcess, after kernels/detection_postprocess.cc (tflite-micro 90b983c2)."""

from __future__ import annotations

from dataclasses import dataclass

from estimator.graph import DType
from estimator.opmodel import Answer, Kernel, LayerKind, Node, OperatorModel, Work
from estimator.ops._checks import eval_input
from estimator.ops._flexbuffer import FIX, map_int32, map_value
from estimator.ops._require import arity, rank, types
from estimator.ops._work import work

BOXES, CLASSES, ANCHORS = 0, 1, 2
BOX_COORDINATES = 4
WORD_BYTES = 4
"""sizeof(float) and sizeof(int) under every layout."""
OPS_PER_BOX = 18
"""Decoding: 4 quotients, 6 products, 2 exponentials, 6 sums."""


@dataclass(frozen=True, slots=True)
class Options:
    """What Init reads from the operator's options."""

    max_detections: int
    max_classes_per_detection: int
    detections_per_class: int
    use_regular_nms: bool
    nms_iou_threshold: float
    num_classes: int


def read(node: Node) -> Options:
    return Options(
        max_detections=map_int32(node, "max_detections"),
        max_classes_per_detection=map_int32(node, "max_classes_per_detection"),
        detections_per_class=map_int32(node, "detections_per_class", default=100),
        use_regular_nms=bool(map_value(node, "use_regular_nms")),
        nms_iou_threshold=float(map_value(node, "nms_iou_threshold") or 0),
        num_classes=map_int32(node, "num_classes"),
    )


def init(node: Node) -> None:
    read(node)
    node.allocate_persistent_struct("detection_postprocess.cc:OpData")


def prepare(node: Node) -> None:
    if node.refusals:
        return  # Init could not read the options
    options = read(node)
    arity(node, 3, None)
    boxes = node.temp_input(BOXES)
    classes = node.temp_input(CLASSES)
    anchors = node.temp_input(ANCHORS)
    rank(node, boxes, 3, "box encodings")
    rank(node, classes, 3, "class predictions")
    rank(node, anchors, 2, "anchors")
    arity(node, None, 4)
    node.ensure(
        options.max_detections >= 0, f"its max_detections is {options.max_detections}", fix=FIX
    )
    for size, what in _scratch(options, boxes.shape[1], classes.shape[1] * classes.shape[2]):
        node.request_scratch_buffer(size, what)


def _scratch(options: Options, boxes: int, scores: int) -> tuple[tuple[int, str], ...]:
    """(bytes, purpose) of the scratch buffers, in the order of the requests."""
    detections = options.max_detections * boxes
    return (
        (boxes, "active candidates"),
        (boxes * BOX_COORDINATES * WORD_BYTES, "decoded boxes"),
        (scores * WORD_BYTES, "scores"),
        (boxes * WORD_BYTES, "scores of a class"),
        (boxes * WORD_BYTES, "kept scores"),
        (detections * WORD_BYTES, "scores after regular NMS"),
        (detections * WORD_BYTES, "sorted values"),
        (boxes * WORD_BYTES, "kept indices"),
        (detections * WORD_BYTES, "sorted indices"),
        (max(options.num_classes, options.max_detections) * boxes * WORD_BYTES, "indices"),
        (min(boxes, options.max_detections) * boxes * WORD_BYTES, "selected"),
    )


def invoke(node: Node) -> None:
    """What does not depend on the values; boxes of no area are refused at run time."""
    options = read(node)
    boxes, classes = eval_input(node, BOXES), eval_input(node, CLASSES)
    for tensor, role in ((boxes, "box encodings"), (classes, "class predictions")):
        node.ensure(tensor.shape[0] == 1, f"its {role} have a batch of {tensor.shape[0]}")
        types(node, tensor, (DType.FLOAT32,), role, fix="dequantize in front of it")
    node.ensure(
        boxes.shape[2] >= BOX_COORDINATES,
        f"its box encodings have {boxes.shape[2]} coordinates, not {BOX_COORDINATES}",
        tensor=boxes,
    )
    node.ensure(
        classes.shape[1] == boxes.shape[1],
        f"it has class predictions for {classes.shape[1]} of {boxes.shape[1]} boxes",
        tensor=classes,
    )
    node.ensure(
        classes.shape[2] - options.num_classes in (0, 1),
        f"its class predictions have {classes.shape[2]} classes, its options {options.num_classes}",
        tensor=classes,
    )
    _check_suppression(node, options)


def _check_suppression(node: Node, options: Options) -> None:
    regular = options.use_regular_nms
    limit, name = (
        (options.detections_per_class, "detections_per_class")
        if regular
        else (options.max_classes_per_detection, "max_classes_per_detection")
    )
    node.ensure(limit > 0, f"its {name} is {limit}", fix=FIX)
    node.ensure(
        0 < options.nms_iou_threshold <= 1 or (regular and options.num_classes == 0),
        f"its nms_iou_threshold is {options.nms_iou_threshold}, not within (0, 1]",
        fix=FIX,
    )


def decoding_work(node: Node) -> Work:
    """Decoding the boxes and comparing every score once: a lower bound, as the rest depends on
    the values."""
    boxes, classes = eval_input(node, BOXES), eval_input(node, CLASSES)
    count = node.dim(boxes, 1) * OPS_PER_BOX + classes.elements
    return work(node, LayerKind.ELEMENTWISE, other_ops=count)


OPERATORS = (
    OperatorModel(
        name="TFLite_Detection_PostProcess",
        resolver="AddDetectionPostprocess",
        source="kernels/detection_postprocess.cc",
        parse=Answer.NONE,
        reference=Kernel(init=init, prepare=prepare, invoke=invoke),
        cmsis_nn=Answer.FALLBACK,
        work=decoding_work,
    ),
)
