// The two generations of ST's USART, polled.
#pragma once

#include <cstdint>

namespace stm32 {

// F4: SR and DR.
void start_usart_v1(uint32_t usart, uint32_t clock_hz, uint32_t baud);
bool read_usart_v1(uint32_t usart, uint8_t* byte);
void write_usart_v1(uint32_t usart, uint8_t byte);

// F7, L4: ISR, RDR and TDR. A low-power UART divides 256 times finer.
void start_usart_v2(uint32_t usart, uint32_t clock_hz, uint32_t baud, bool low_power);
bool read_usart_v2(uint32_t usart, uint8_t* byte);
void write_usart_v2(uint32_t usart, uint8_t byte);

}  // namespace stm32
