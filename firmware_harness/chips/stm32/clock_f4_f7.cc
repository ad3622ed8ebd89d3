// RCC, PWR and FLASH of the F4 and F7 families, which agree in what is used here.
#include "chips/stm32/stm32.h"

namespace stm32 {
namespace {

constexpr uint32_t kRcc = 0x40023800;
constexpr uint32_t kRccCr = kRcc + 0x00;
constexpr uint32_t kRccPllcfgr = kRcc + 0x04;
constexpr uint32_t kRccCfgr = kRcc + 0x08;
constexpr uint32_t kRccAhb1enr = kRcc + 0x30;
constexpr uint32_t kRccApb1enr = kRcc + 0x40;
constexpr uint32_t kPwrCr = 0x40007000;
constexpr uint32_t kPwrCsr = 0x40007004;
constexpr uint32_t kFlashAcr = 0x40023c00;

constexpr uint32_t kHsiHz = 16000000;
constexpr uint32_t kVcoInputHz = 2000000;

void start_over_drive() {
  reg(kPwrCr) = reg(kPwrCr) | 1u << 16;  // ODEN
  wait_for(kPwrCsr, 1u << 16, 1u << 16, "over-drive");
  reg(kPwrCr) = reg(kPwrCr) | 1u << 17;  // ODSWEN
  wait_for(kPwrCsr, 1u << 17, 1u << 17, "over-drive switch");
}

}  // namespace

void start_f4_f7_clock(const F4F7Clock& clock) {
  reg(kRccApb1enr) = reg(kRccApb1enr) | 1u << 28;  // PWREN
  set_field(kPwrCr, 3u << 14, clock.voltage << 14);
  if (clock.hse_bypass) reg(kRccCr) = reg(kRccCr) | 1u << 18;
  reg(kRccCr) = reg(kRccCr) | 1u << 16;  // HSEON
  const bool hse = wait_for(kRccCr, 1u << 17, 1u << 17, "HSE");
  const uint32_t pll_m = (hse ? clock.hse_hz : kHsiHz) / kVcoInputHz;
  // P = 2 (code 0); Q = 9 keeps the USB clock, which nothing here uses, below its limit.
  reg(kRccPllcfgr) = pll_m | clock.pll_n << 6 | (hse ? 1u << 22 : 0) | 9u << 24 | 2u << 28;
  reg(kRccCr) = reg(kRccCr) | 1u << 24;  // PLLON
  if (clock.over_drive) start_over_drive();
  wait_for(kRccCr, 1u << 25, 1u << 25, "PLL");
  reg(kFlashAcr) = clock.flash_acr;
  wait_for(kFlashAcr, 0xf, clock.flash_acr & 0xf, "Flash wait states");
  // APB1 at a quarter, APB2 at half of the core clock, before the core clock rises.
  set_field(kRccCfgr, 7u << 10 | 7u << 13, 5u << 10 | 4u << 13);
  set_field(kRccCfgr, 3, 2);  // SW: PLL
  wait_for(kRccCfgr, 3u << 2, 2u << 2, "switch to PLL");
}

void enable_f4_f7_gpio(uint32_t port_index) {
  reg(kRccAhb1enr) = reg(kRccAhb1enr) | 1u << port_index;
  settle(kRccAhb1enr);  // the errata ask for a read before first use
}

void enable_f4_f7_apb1(uint32_t bits) {
  reg(kRccApb1enr) = reg(kRccApb1enr) | bits | 1u << 0 | 1u << 3;
  settle(kRccApb1enr);
}

}  // namespace stm32
