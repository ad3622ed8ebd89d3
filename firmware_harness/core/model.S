/* The .tflite file as it is, 16-aligned as TFLM asks for. */
    .section .rodata.harness_model, "a", %progbits
    .balign 16
    .global harness_model_begin
harness_model_begin:
    .incbin HARNESS_MODEL
    .global harness_model_end
harness_model_end:
    .byte 0
#ifdef __linux__
    .section .note.GNU-stack, "", %progbits
#endif
