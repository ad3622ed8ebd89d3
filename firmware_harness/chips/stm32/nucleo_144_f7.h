#pragma once

#include <cstdint>

namespace stm32 {

constexpr uint32_t kNucleo144F7ClockHz = 216000000;

}  // namespace stm32
