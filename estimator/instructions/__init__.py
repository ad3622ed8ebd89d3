"""How often the loop bodies of the kernels run, one module per TFLM kernel file."""
