#include "chips/stm32/stm32.h"

#include "core/board.h"

namespace stm32 {

bool wait_for(uint32_t address, uint32_t mask, uint32_t value, const char* what) {
  // The slowest start of all, a crystal's, is over within 100 ms; this takes longer at 16 MHz.
  for (uint32_t i = 0; i < 500000; ++i) {
    if ((reg(address) & mask) == value) return true;
  }
  harness::report_wait(what);
  return false;
}

void start_timer(uint32_t timer, uint32_t divider) {
  reg(timer + 0x28) = divider - 1;   // PSC
  reg(timer + 0x2c) = 0xffffffff;    // ARR
  reg(timer + 0x14) = 1;             // EGR.UG: take the prescaler over now
  reg(timer + 0x00) = 1;             // CR1.CEN
}

void connect(Pin pin) {
  set_field(pin.gpio + 0x00, 3u << (2 * pin.pin), 2u << (2 * pin.pin));  // MODER: alternate
  set_field(pin.gpio + 0x08, 3u << (2 * pin.pin), 2u << (2 * pin.pin));  // OSPEEDR: high
  const uint32_t afr = pin.gpio + 0x20 + 4 * (pin.pin / 8);
  const uint32_t shift = 4 * (pin.pin % 8);
  set_field(afr, 0xfu << shift, pin.function << shift);
}

}  // namespace stm32
