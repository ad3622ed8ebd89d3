// What the STM32 boards share. Registers and bits as in the reference manuals RM0090 (F405),
// RM0390 (F446), RM0385 (F74x), RM0410 (F76x), RM0432 (L4R5); addresses where families agree.
#pragma once

#include <cstdint>

#include "chips/cortex_m/core.h"

namespace stm32 {

using cortex_m::reg;

// Waits until (reg(address) & mask) == value, but never for long: QEMU models no clock tree, and a
// board without its crystal must still be able to say so. Reports `what` when the wait ends in vain.
bool wait_for(uint32_t address, uint32_t mask, uint32_t value, const char* what);

inline void set_field(uint32_t address, uint32_t mask, uint32_t value) {
  reg(address) = (reg(address) & ~mask) | value;
}

// A clock enable takes effect a few bus cycles after it is written; reading it back waits for that.
inline void settle(uint32_t address) { [[maybe_unused]] const uint32_t value = reg(address); }

// A general purpose timer that counts at timer_hz / divider, over 32 bits (TIM2 and TIM5).
constexpr uint32_t kTim2 = 0x40000000;
constexpr uint32_t kTim5 = 0x40000c00;
// A slow companion of the tick counter, that does not wrap for 59 hours (harness::widen). Slow
// enough for a timer clock of 1 GHz (QEMU's) to be divided down to it by 16 bits.
constexpr uint32_t kSlowHz = 20000;
void start_timer(uint32_t timer, uint32_t divider);
inline uint32_t timer_count(uint32_t timer) { return reg(timer + 0x24); }

struct Pin {
  uint32_t gpio;      // base address of the port
  uint32_t pin;       // 0 to 15
  uint32_t function;  // alternate function
};
void connect(Pin pin);

// Clock tree of the F4 and F7 families up to the full core clock, from a clock of hse_hz that comes
// in on OSC_IN (a Nucleo's ST-LINK sends 8 MHz), or from the internal 16 MHz without it.
struct F4F7Clock {
  uint32_t hse_hz;
  bool hse_bypass;      // an external clock, not a crystal
  uint32_t pll_n;       // the VCO runs at 2 MHz x pll_n, the core at half of that
  uint32_t voltage;     // PWR_CR.VOS
  bool over_drive;
  uint32_t flash_acr;   // wait states, prefetch, caches or ART
};
void start_f4_f7_clock(const F4F7Clock& clock);
void enable_f4_f7_gpio(uint32_t port_index);
constexpr uint32_t f4_f7_gpio(uint32_t port_index) { return 0x40020000 + 0x400 * port_index; }
constexpr uint32_t kApb1Usart2 = 1u << 17;
constexpr uint32_t kApb1Usart3 = 1u << 18;
void enable_f4_f7_apb1(uint32_t bits);  // TIM2 and TIM5 are always among them

constexpr uint32_t kUsart2 = 0x40004400;
constexpr uint32_t kUsart3 = 0x40004800;
constexpr uint32_t kBaud = 115200;

}  // namespace stm32
