// NUCLEO-L4R5ZI (UM2179): 120 MHz, caches on, virtual COM port on LPUART1 (PG7, PG8).
#include "core/board.h"

#include "chips/stm32/stm32.h"
#include "chips/stm32/usart.h"
#include "core/widen.h"

using stm32::reg;
using stm32::set_field;
using stm32::wait_for;

namespace {

constexpr uint32_t kClockHz = 120000000;

// RM0432: RCC (6.4), PWR (5.4), FLASH (3.7).
constexpr uint32_t kRcc = 0x40021000;
constexpr uint32_t kRccCr = kRcc + 0x00;
constexpr uint32_t kRccCfgr = kRcc + 0x08;
constexpr uint32_t kRccPllcfgr = kRcc + 0x0c;
constexpr uint32_t kRccAhb2enr = kRcc + 0x4c;
constexpr uint32_t kRccApb1enr1 = kRcc + 0x58;
constexpr uint32_t kRccApb1enr2 = kRcc + 0x5c;
constexpr uint32_t kPwr = 0x40007000;
constexpr uint32_t kPwrCr1 = kPwr + 0x00;
constexpr uint32_t kPwrCr2 = kPwr + 0x04;
constexpr uint32_t kPwrSr2 = kPwr + 0x14;
constexpr uint32_t kPwrCr5 = kPwr + 0x80;
constexpr uint32_t kFlashAcr = 0x40022000;
constexpr uint32_t kGpioG = 0x48001800;
constexpr uint32_t kLpuart1 = 0x40008000;

void start_clock() {
  reg(kRccApb1enr1) = reg(kRccApb1enr1) | 1u << 28;  // PWREN
  set_field(kPwrCr1, 3u << 9, 1u << 9);              // voltage range 1
  wait_for(kPwrSr2, 1u << 10, 0, "voltage range 1");
  set_field(kPwrCr5, 1u << 8, 0);                    // boost mode: needed above 80 MHz
  // MSI at 4 MHz (as after reset) x 60 / 2.
  set_field(kRccCr, 0xfu << 4 | 1u << 3, 6u << 4 | 1u << 3);
  wait_for(kRccCr, 1u << 1, 1u << 1, "MSI");
  reg(kRccPllcfgr) = 1u | 0u << 4 | 60u << 8 | 1u << 24;
  reg(kRccCr) = reg(kRccCr) | 1u << 24;  // PLLON
  wait_for(kRccCr, 1u << 25, 1u << 25, "PLL");
  // 5 wait states (range 1 boost, up to 120 MHz); prefetch, instruction and data cache.
  const uint32_t acr = 5 | 1u << 8 | 1u << 9 | 1u << 10;
  reg(kFlashAcr) = acr;
  wait_for(kFlashAcr, 0xf, acr & 0xf, "Flash wait states");
  // Above 80 MHz by way of half the clock, for at least a microsecond (RM0432 6.2.9).
  set_field(kRccCfgr, 0xfu << 4, 8u << 4);
  set_field(kRccCfgr, 3, 3);
  wait_for(kRccCfgr, 3u << 2, 3u << 2, "switch to PLL");
  for (int i = 0; i < 200; ++i) asm volatile("nop");
  set_field(kRccCfgr, 0xfu << 4, 0);
}

}  // namespace

namespace harness {
const BoardDescription kBoard = {"nucleo_l4r5zi", "cortex-m4", kClockHz, "dwt", kClockHz};
}

void board_start() {
  start_clock();
  reg(kPwrCr2) = reg(kPwrCr2) | 1u << 9;            // IOSV: port G has its own supply
  reg(kRccAhb2enr) = reg(kRccAhb2enr) | 1u << 6;    // GPIOG
  reg(kRccApb1enr1) = reg(kRccApb1enr1) | 1u << 0;  // TIM2
  reg(kRccApb1enr2) = reg(kRccApb1enr2) | 1u << 0;  // LPUART1
  stm32::settle(kRccApb1enr2);
  stm32::connect({kGpioG, 7, 8});
  stm32::connect({kGpioG, 8, 8});
  stm32::start_usart_v2(kLpuart1, kClockHz, stm32::kBaud, true);
  stm32::start_timer(stm32::kTim2, kClockHz / stm32::kSlowHz);
  if (!cortex_m::start_cycle_counter()) harness::report_wait("DWT");
}

uint64_t board_ticks() {
  const uint32_t cycles = cortex_m::cycles();
  const uint64_t slow = stm32::timer_count(stm32::kTim2);
  return harness::widen(cycles, slow * (kClockHz / stm32::kSlowHz));
}

bool board_read_byte(uint8_t* byte) { return stm32::read_usart_v2(kLpuart1, byte); }
void board_write_byte(uint8_t byte) { stm32::write_usart_v2(kLpuart1, byte); }
