// The NUCLEO-144 boards with an STM32F7 (UM1974): 216 MHz from the ST-LINK's 8 MHz, both caches and
// ART on, virtual COM port on USART3 (PD8, PD9).
#include "chips/stm32/nucleo_144_f7.h"

#include "chips/stm32/stm32.h"
#include "chips/stm32/usart.h"
#include "core/board.h"
#include "core/widen.h"

namespace {

constexpr uint32_t kClockHz = stm32::kNucleo144F7ClockHz;
// 7 wait states at 2.7 to 3.6 V (RM0385 and RM0410, number of wait states according to the clock);
// prefetch, ART.
constexpr stm32::F4F7Clock kClock = {8000000, true, 216, 3, true, 7 | 1u << 8 | 1u << 9};

}  // namespace

void board_start() {
  cortex_m::enable_caches();
  stm32::start_f4_f7_clock(kClock);
  stm32::enable_f4_f7_gpio(3);
  stm32::enable_f4_f7_apb1(stm32::kApb1Usart3);
  stm32::connect({stm32::f4_f7_gpio(3), 8, 7});
  stm32::connect({stm32::f4_f7_gpio(3), 9, 7});
  stm32::start_usart_v2(stm32::kUsart3, kClockHz / 4, stm32::kBaud, false);
  // Timers on APB1 run at twice its clock while it is divided.
  stm32::start_timer(stm32::kTim2, kClockHz / 2 / stm32::kSlowHz);
  if (!cortex_m::start_cycle_counter()) harness::report_wait("DWT");
}

uint64_t board_ticks() {
  const uint32_t cycles = cortex_m::cycles();
  const uint64_t slow = stm32::timer_count(stm32::kTim2);
  return harness::widen(cycles, slow * (kClockHz / stm32::kSlowHz));
}

bool board_read_byte(uint8_t* byte) { return stm32::read_usart_v2(stm32::kUsart3, byte); }
void board_write_byte(uint8_t byte) { stm32::write_usart_v2(stm32::kUsart3, byte); }
