// Netduino Plus 2 (STM32F405) as QEMU 7.2 has it: the Nucleos' start-up and USART code on an
// emulated chip. There is no clock tree (RCC reads as zero, so each wait ends in vain and is
// reported) and no DWT; time comes from TIM2, which QEMU runs at 1 GHz.
#include "core/board.h"

#include "chips/stm32/stm32.h"
#include "chips/stm32/usart.h"
#include "core/widen.h"

namespace {

constexpr uint32_t kClockHz = 168000000;
constexpr uint32_t kEmulatedTimerHz = 1000000000;
// A 25 MHz crystal would not divide down to 2 MHz; an 8 MHz one, as here, is never asked for.
constexpr stm32::F4F7Clock kClock = {8000000, false, 168, 1, false,
                                     5 | 1u << 8 | 1u << 9 | 1u << 10};

}  // namespace

namespace harness {
const BoardDescription kBoard = {"netduinoplus2", "cortex-m4", kClockHz, "tim2", kEmulatedTimerHz};
}

void board_start() {
  stm32::start_f4_f7_clock(kClock);
  stm32::enable_f4_f7_gpio(0);
  stm32::enable_f4_f7_apb1(stm32::kApb1Usart2);
  stm32::connect({stm32::f4_f7_gpio(0), 2, 7});
  stm32::connect({stm32::f4_f7_gpio(0), 3, 7});
  stm32::start_usart_v1(stm32::kUsart2, kClockHz / 4, stm32::kBaud);
  stm32::start_timer(stm32::kTim2, 1);
  stm32::start_timer(stm32::kTim5, kEmulatedTimerHz / stm32::kSlowHz);
  if (!cortex_m::start_cycle_counter()) harness::report_wait("DWT");
}

uint64_t board_ticks() {
  const uint32_t ticks = stm32::timer_count(stm32::kTim2);
  const uint64_t slow = stm32::timer_count(stm32::kTim5);
  return harness::widen(ticks, slow * (kEmulatedTimerHz / stm32::kSlowHz));
}

bool board_read_byte(uint8_t* byte) { return stm32::read_usart_v1(stm32::kUsart2, byte); }
void board_write_byte(uint8_t byte) { stm32::write_usart_v1(stm32::kUsart2, byte); }
