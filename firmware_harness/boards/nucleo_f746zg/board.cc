// NUCLEO-F746ZG.
#include "core/board.h"

#include "chips/stm32/nucleo_144_f7.h"

namespace harness {
const BoardDescription kBoard = {
    "nucleo_f746zg", "cortex-m7", stm32::kNucleo144F7ClockHz, "dwt", stm32::kNucleo144F7ClockHz};
}
