#include "chips/cmsdk/mps.h"

#include "chips/cortex_m/core.h"
#include "core/board.h"
#include "core/widen.h"

using cortex_m::reg;

namespace {

// UART
constexpr uint32_t kData = 0x00;
constexpr uint32_t kState = 0x04;
constexpr uint32_t kControl = 0x08;
constexpr uint32_t kBaudDivider = 0x10;
constexpr uint32_t kTxFull = 1u << 0;
constexpr uint32_t kRxFull = 1u << 1;
// FPGAIO
constexpr uint32_t kClock100Hz = 0x14;
constexpr uint32_t kCounter = 0x18;
constexpr uint32_t kPrescale = 0x1c;

constexpr uint32_t kBaud = 1000000;

}  // namespace

void board_start() {
  reg(mps::kMap.uart + kBaudDivider) = mps::kMap.clock_hz / kBaud;
  reg(mps::kMap.uart + kControl) = 3;  // transmitter and receiver on
  reg(mps::kMap.fpgaio + kPrescale) = 0;
  reg(mps::kMap.fpgaio + kCounter) = 0;
  reg(mps::kMap.fpgaio + kClock100Hz) = 0;
}

uint64_t board_ticks() {
  const uint32_t ticks = reg(mps::kMap.fpgaio + kCounter);
  const uint32_t centiseconds = reg(mps::kMap.fpgaio + kClock100Hz);
  return harness::widen(ticks, static_cast<uint64_t>(centiseconds) * (mps::kMap.counter_hz / 100));
}

bool board_read_byte(uint8_t* byte) {
  if ((reg(mps::kMap.uart + kState) & kRxFull) == 0) return false;
  *byte = static_cast<uint8_t>(reg(mps::kMap.uart + kData));
  return true;
}

void board_write_byte(uint8_t byte) {
  while ((reg(mps::kMap.uart + kState) & kTxFull) != 0) {
  }
  reg(mps::kMap.uart + kData) = byte;
}
