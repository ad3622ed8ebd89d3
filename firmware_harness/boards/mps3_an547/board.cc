// MPS3 with AN547, in QEMU: a Cortex-M55 without any model of its timing.
#include "core/board.h"

#include "chips/cmsdk/mps.h"

namespace mps {
const Map kMap = {0x59303000, 0x59302000, 32000000};
}

namespace harness {
const BoardDescription kBoard = {"mps3_an547", "cortex-m55", mps::kMap.clock_hz, "fpgaio", mps::kMap.clock_hz};
}
