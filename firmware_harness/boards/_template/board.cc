// Copy this folder to boards/<your board>/ and write what each #error asks for; until the last one
// is gone nothing compiles. Chips of the STM32 family and Arm's FPGA boards share chips/.
#include "core/board.h"

namespace harness {

#error "kBoard: name (as the folder), core, clock_hz, what board_ticks() counts and how fast"

#error "board_arena(): chips/cortex_m/startup.cc has one for every Cortex-M; delete this line there"

#error "board_stack(): likewise; return {nullptr, 0} only where the stack can't be known"

}  // namespace harness

void board_start() {
#error "board_start(): full clock, caches on, serial port, tick counter; bound each wait and call report_wait()"
}

uint64_t board_ticks() {
#error "board_ticks(): must not wrap within one inference; harness::widen() helps"
}

bool board_read_byte(uint8_t* byte) {
#error "board_read_byte(): must not block"
}

void board_write_byte(uint8_t byte) {
#error "board_write_byte(): waits for room, but not forever, then writes"
}

void board_reset() {
#error "board_reset(): cortex_m::system_reset() on any Cortex-M (startup.cc has it)"
}
