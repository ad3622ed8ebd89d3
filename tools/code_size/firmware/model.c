// Stands for the model: its size is added when the numbers are used.
extern const unsigned char __attribute__((aligned(16))) g_model[4];
const unsigned char __attribute__((aligned(16))) g_model[4] = {0};
