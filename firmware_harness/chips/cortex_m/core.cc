#include "chips/cortex_m/core.h"

namespace cortex_m {

bool start_cycle_counter() {
  reg(kDemcr) = reg(kDemcr) | 1u << 24;  // TRCENA
  reg(kDwtLar) = 0xc5acce55;             // the Cortex-M7's lock; ignored elsewhere
  reg(kDwtCyccnt) = 0;
  reg(kDwtCtrl) = reg(kDwtCtrl) | 1u;  // CYCCNTENA
  const uint32_t before = cycles();
  for (int i = 0; i < 16; ++i) asm volatile("nop");
  return cycles() != before;
}

void enable_caches() {
  reg(kIciallu) = 0;
  barrier();
  reg(kCcr) = reg(kCcr) | 1u << 17;  // instruction cache
  reg(kCsselr) = 0;                  // level 1 data cache
  barrier();
  const uint32_t ccsidr = reg(kCcsidr);
  const uint32_t sets = (ccsidr >> 13 & 0x7fff) + 1;
  const uint32_t ways = (ccsidr >> 3 & 0x3ff) + 1;
  // DCISW: set from bit 5 (32-byte lines), way from bit 30 (four ways on the Cortex-M7).
  for (uint32_t set = 0; set < sets; ++set) {
    for (uint32_t way = 0; way < ways; ++way) reg(kDcisw) = way << 30 | set << 5;
  }
  barrier();
  reg(kCcr) = reg(kCcr) | 1u << 16;  // data cache
  barrier();
}

void system_reset() {
  barrier();
  reg(kAircr) = 0x05fa0000 | 1u << 2;  // SYSRESETREQ
  barrier();
  for (;;) {
  }
}

}  // namespace cortex_m
