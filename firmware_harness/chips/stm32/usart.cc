#include "chips/stm32/usart.h"

#include "chips/cortex_m/core.h"

using cortex_m::reg;

namespace stm32 {
namespace {

constexpr uint32_t kOverrun = 1u << 3;
constexpr uint32_t kReceived = 1u << 5;
constexpr uint32_t kTransmitEmpty = 1u << 7;

// Ten times what a byte takes at 115200 baud and 216 MHz. A byte that can't be sent by then is
// dropped: the host sees a damaged line, and the firmware does not hang.
bool wait_until_empty(uint32_t status) {
  for (uint32_t i = 0; i < 50000; ++i) {
    if ((reg(status) & kTransmitEmpty) != 0) return true;
  }
  return false;
}

}  // namespace

void start_usart_v1(uint32_t usart, uint32_t clock_hz, uint32_t baud) {
  reg(usart + 0x08) = (clock_hz + baud / 2) / baud;  // BRR
  reg(usart + 0x0c) = 1u << 13 | 1u << 3 | 1u << 2;  // CR1: UE, TE, RE
}

bool read_usart_v1(uint32_t usart, uint8_t* byte) {
  // Reading SR and then DR also clears an overrun; the lost byte shows as a bad CRC.
  if ((reg(usart + 0x00) & kReceived) == 0) return false;
  *byte = static_cast<uint8_t>(reg(usart + 0x04));
  return true;
}

void write_usart_v1(uint32_t usart, uint8_t byte) {
  if (wait_until_empty(usart + 0x00)) reg(usart + 0x04) = byte;
}

void start_usart_v2(uint32_t usart, uint32_t clock_hz, uint32_t baud, bool low_power) {
  // (clock_hz x scale + baud / 2) / baud, without a division of 64 bits (see core/record.cc).
  const uint32_t scale = low_power ? 256 : 1;
  const uint32_t rest = clock_hz % baud * scale;
  reg(usart + 0x0c) = clock_hz / baud * scale + (rest + baud / 2) / baud;  // BRR
  reg(usart + 0x00) = 1u << 3 | 1u << 2;                                   // CR1: TE, RE
  reg(usart + 0x00) = reg(usart + 0x00) | 1u << 0;                         // UE
}

bool read_usart_v2(uint32_t usart, uint8_t* byte) {
  const uint32_t status = reg(usart + 0x1c);
  if ((status & kOverrun) != 0) reg(usart + 0x20) = kOverrun;  // or it would block reception
  if ((status & kReceived) == 0) return false;
  *byte = static_cast<uint8_t>(reg(usart + 0x24));
  return true;
}

void write_usart_v2(uint32_t usart, uint8_t byte) {
  if (wait_until_empty(usart + 0x1c)) reg(usart + 0x28) = byte;
}

}  // namespace stm32
