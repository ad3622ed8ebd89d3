// MPS3 with AN547, in QEMU: a Cortex-M55 without any model of its timing.
// FPGAIO's COUNTER runs at 20 MHz there, not at the 32 MHz of the clock (QEMU 7.2; the host checks).
#include "core/board.h"

#include "chips/cmsdk/mps.h"

namespace mps {
const Map kMap = {0x59303000, 0x59302000, 32000000, 20000000};
}

namespace harness {
const BoardDescription kBoard = {"mps3_an547", "cortex-m55", mps::kMap.clock_hz, "fpgaio",
                                 mps::kMap.counter_hz};
}
