// What went wrong before the last reset, kept in RAM that start-up does not clear.
#pragma once

#include <cstdint>

namespace harness {

struct Fault {
  const char* kind;  // "hard_fault", "abort", ...; nullptr when the last reset was not a fault
  uint32_t program_counter;
  uint32_t link_register;
  uint32_t status;   // CFSR on Cortex-M
};

// The fault that led to this start, taken once: a later call gives none.
Fault take_fault();

// Keeps the fault and resets the board.
[[noreturn]] void fail(const Fault& fault);

// Starts since power-up, this one included (0 where RAM held nothing valid: the first one).
uint32_t count_start();

}  // namespace harness
