// MPS2 with AN386, in QEMU: a Cortex-M4 without any model of its timing.
#include "core/board.h"

#include "chips/cmsdk/mps.h"

namespace mps {
const Map kMap = {0x40004000, 0x40028000, 25000000, 25000000};
}

namespace harness {
const BoardDescription kBoard = {"mps2_an386", "cortex-m4", mps::kMap.clock_hz, "fpgaio",
                                 mps::kMap.counter_hz};
}
