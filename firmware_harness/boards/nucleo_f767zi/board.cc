// NUCLEO-F767ZI.
#include "core/board.h"

#include "chips/stm32/nucleo_144_f7.h"

namespace harness {
const BoardDescription kBoard = {
    "nucleo_f767zi", "cortex-m7-dp", stm32::kNucleo144F7ClockHz, "dwt", stm32::kNucleo144F7ClockHz};
}
