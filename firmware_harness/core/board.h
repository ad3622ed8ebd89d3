// What a board port must provide: five functions and one constant description.
//
// A port lives in boards/<name>/board.cc. Everything above this header is portable C++17; nothing
// below it knows about models or the protocol.
#pragma once

#include <cstddef>
#include <cstdint>

namespace harness {

struct BoardDescription {
  const char* name;         // the folder's name under boards/
  const char* core;         // "cortex-m4", ...
  uint32_t clock_hz;        // the core clock that board_start() asks for; 0 where it means nothing
  const char* time_source;  // what board_ticks() counts: "dwt", "tim2", "fpgaio", "clock"
  uint32_t ticks_hz;        // how fast it counts
};

extern const BoardDescription kBoard;

// The arena: the largest 16-aligned block that the linker script leaves.
struct Block {
  uint8_t* begin;
  size_t bytes;
};
Block board_arena();

// The stack, painted to find its high-water mark; {nullptr, 0} where the port can't tell.
Block board_stack();

// A wait for hardware that did not end in time. Kept and reported, never silently ignored.
void report_wait(const char* what);

}  // namespace harness

// The five functions of a port.
void board_start();                    // clocks, caches, serial port, tick counter
uint64_t board_ticks();                // monotonic, counts kBoard.ticks_hz per second
bool board_read_byte(uint8_t* byte);   // false when nothing has arrived
void board_write_byte(uint8_t byte);   // returns once the byte is on its way
[[noreturn]] void board_reset();       // as if the reset button had been pressed
