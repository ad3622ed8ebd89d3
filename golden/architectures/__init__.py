"""All architectures that golden/models is built from, one module per family."""

from golden.architectures import hello_edge, micronets, mlperf_tiny, own, tflm_examples, uneven

ARCHITECTURES = (
    *mlperf_tiny.ARCHITECTURES,
    *micronets.ARCHITECTURES,
    *hello_edge.ARCHITECTURES,
    *own.ARCHITECTURES,
    *tflm_examples.ARCHITECTURES,
    *uneven.ARCHITECTURES,
)
