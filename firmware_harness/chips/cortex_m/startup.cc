// Vector table, reset handler and fault handlers for every Cortex-M board.
#include <cstddef>
#include <cstdint>

#include "chips/cortex_m/core.h"
#include "core/board.h"
#include "core/fault.h"

extern "C" {
extern uint32_t harness_stack_begin[], harness_stack_end[];
extern uint32_t harness_data_load[], harness_data_begin[], harness_data_end[];
extern uint32_t harness_bss_begin[], harness_bss_end[];
extern uint8_t harness_arena_begin[], harness_arena_end[];
using Constructor = void (*)();
extern const Constructor __init_array_start[], __init_array_end[];

int main();
void Reset_Handler();
}

namespace {

// What the core pushes on exception entry.
struct Frame {
  uint32_t r0, r1, r2, r3, r12, lr, pc, xpsr;
};

const char* kind_of(uint32_t exception) {
  switch (exception) {
    case 2: return "nmi";
    case 3: return "hard_fault";
    case 4: return "memory_fault";
    case 5: return "bus_fault";
    case 6: return "usage_fault";
    default: return "unexpected_exception";
  }
}

}  // namespace

extern "C" __attribute__((used, noreturn)) void harness_exception(const Frame* frame) {
  uint32_t exception;
  asm volatile("mrs %0, ipsr" : "=r"(exception));
  const auto at = reinterpret_cast<uintptr_t>(frame);
  // A stack overflow leaves a frame that must not be read.
  const bool readable = at >= reinterpret_cast<uintptr_t>(harness_stack_begin) &&
                        at + sizeof(Frame) <= reinterpret_cast<uintptr_t>(harness_stack_end);
  harness::fail({kind_of(exception), readable ? frame->pc : 0, readable ? frame->lr : 0,
                 cortex_m::reg(cortex_m::kCfsr)});
}

extern "C" __attribute__((naked)) void Exception_Handler() {
  // Back to a sound stack before anything is called: the fault may be that there is none left.
  asm volatile(
      "mrs r0, msp\n"
      "ldr r1, =harness_stack_end\n"
      "msr msp, r1\n"
      "b harness_exception\n");
}

using Handler = void (*)();
struct Vectors {
  const uint32_t* stack;
  Handler handlers[15];
};

extern "C" __attribute__((section(".vectors"), used)) const Vectors harness_vectors = {
    harness_stack_end,
    {Reset_Handler, Exception_Handler, Exception_Handler, Exception_Handler, Exception_Handler,
     Exception_Handler, Exception_Handler, Exception_Handler, Exception_Handler, Exception_Handler,
     Exception_Handler, Exception_Handler, Exception_Handler, Exception_Handler,
     Exception_Handler}};

// No loop of this function may become a call of memset or memcpy that uses the FPU before it is on.
extern "C" __attribute__((noreturn, optimize("no-tree-loop-distribute-patterns"))) void
Reset_Handler() {
  using cortex_m::reg;
  reg(cortex_m::kVtor) = reinterpret_cast<uint32_t>(&harness_vectors);
  reg(cortex_m::kCpacr) = reg(cortex_m::kCpacr) | 0xfu << 20;  // CP10, CP11: FPU (and MVE)
  cortex_m::barrier();
  const uint32_t* from = harness_data_load;
  for (uint32_t* to = harness_data_begin; to < harness_data_end;) *to++ = *from++;
  for (uint32_t* to = harness_bss_begin; to < harness_bss_end;) *to++ = 0;
  reg(cortex_m::kShcsr) = reg(cortex_m::kShcsr) | 7u << 16;  // memory, bus and usage faults
  for (const Constructor* p = __init_array_start; p < __init_array_end; ++p) (*p)();
  main();
  cortex_m::system_reset();
}

namespace harness {

Block board_arena() {
  return {harness_arena_begin, static_cast<size_t>(harness_arena_end - harness_arena_begin)};
}

Block board_stack() {
  auto* begin = reinterpret_cast<uint8_t*>(harness_stack_begin);
  return {begin, static_cast<size_t>(reinterpret_cast<uint8_t*>(harness_stack_end) - begin)};
}

}  // namespace harness

void board_reset() { cortex_m::system_reset(); }
