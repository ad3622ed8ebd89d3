// MPS2 with AN500, in QEMU: a Cortex-M7 without any model of its timing.
#include "core/board.h"

#include "chips/cmsdk/mps.h"

namespace mps {
const Map kMap = {0x40004000, 0x40028000, 25000000, 25000000};
}

namespace harness {
const BoardDescription kBoard = {"mps2_an500", "cortex-m7", mps::kMap.clock_hz, "fpgaio",
                                 mps::kMap.counter_hz};
}
