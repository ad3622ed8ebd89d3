// The parts of an Armv7-M or Armv8-M core that the harness touches.
// Addresses and bits: Armv7-M Architecture Reference Manual (DDI 0403E) B3.2 and C1.8,
// Armv8-M (DDI 0553B) D1.2.
#pragma once

#include <cstdint>

namespace cortex_m {

inline volatile uint32_t& reg(uint32_t address) {
  return *reinterpret_cast<volatile uint32_t*>(address);
}

constexpr uint32_t kVtor = 0xe000ed08;
constexpr uint32_t kAircr = 0xe000ed0c;
constexpr uint32_t kCcr = 0xe000ed14;
constexpr uint32_t kShcsr = 0xe000ed24;
constexpr uint32_t kCfsr = 0xe000ed28;
constexpr uint32_t kCpacr = 0xe000ed88;

// Cycle counter (DWT).
constexpr uint32_t kDemcr = 0xe000edfc;
constexpr uint32_t kDwtCtrl = 0xe0001000;
constexpr uint32_t kDwtCyccnt = 0xe0001004;
constexpr uint32_t kDwtLar = 0xe0001fb0;

// Cache maintenance (Cortex-M7).
constexpr uint32_t kIciallu = 0xe000ef50;
constexpr uint32_t kDcisw = 0xe000ef60;
constexpr uint32_t kCcsidr = 0xe000ed80;
constexpr uint32_t kCsselr = 0xe000ed84;

inline void barrier() { asm volatile("dsb 0xf\n isb 0xf" ::: "memory"); }

// False where the core has no cycle counter, or one that stands still.
bool start_cycle_counter();
inline uint32_t cycles() { return reg(kDwtCyccnt); }

// Level 1 caches of a Cortex-M7, invalidated first.
void enable_caches();

[[noreturn]] void system_reset();

}  // namespace cortex_m
