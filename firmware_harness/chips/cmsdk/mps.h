// Arm's MPS2 and MPS3 FPGA boards: the CMSDK UART and the FPGAIO counters.
// Registers: Arm Cortex-M System Design Kit TRM (DDI 0479D) 4.3; application notes AN386, AN500,
// AN547 (memory maps, FPGAIO).
#pragma once

#include <cstdint>

namespace mps {

struct Map {
  uint32_t uart;
  uint32_t fpgaio;
  uint32_t clock_hz;
  uint32_t counter_hz;  // FPGAIO's COUNTER
};

extern const Map kMap;  // each board's board.cc

}  // namespace mps
