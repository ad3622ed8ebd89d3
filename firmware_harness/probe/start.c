// Vector table, .data and .bss: what comes before main() on a Cortex-M.
#include <stdint.h>

extern uint32_t __stack_top, __data_load, __data_start, __data_end, __bss_start, __bss_end;
extern int main(void);
extern void __libc_init_array(void);
void* __dso_handle;

void Default_Handler(void) {
  for (;;) {
  }
}
void _init(void) {}
void _fini(void) {}
void Reset_Handler(void) {
  uint32_t* from = &__data_load;
  for (uint32_t* to = &__data_start; to < &__data_end;) *to++ = *from++;
  for (uint32_t* to = &__bss_start; to < &__bss_end;) *to++ = 0;
  __libc_init_array();
  main();
  for (;;) {
  }
}

// 16 exceptions and 98 interrupts, as many as a mid-size Cortex-M4 part has.
__attribute__((section(".isr_vector"), used)) void* const vectors[114] = {
    &__stack_top, Reset_Handler, Default_Handler, Default_Handler};
