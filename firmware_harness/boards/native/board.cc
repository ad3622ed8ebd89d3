// The host itself, over standard input and output: for the harness's own tests.
#include "core/board.h"

#include <poll.h>
#include <time.h>
#include <unistd.h>

#include <cstdlib>

namespace harness {

const BoardDescription kBoard = {"native", "host", 0, "clock", 1000000000};

Block board_arena() {
  static constexpr size_t kBytes = 16u << 20;
  alignas(16) static uint8_t bytes[kBytes];
  return {bytes, kBytes};
}

Block board_stack() { return {nullptr, 0}; }

}  // namespace harness

void board_start() {}

uint64_t board_ticks() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

bool board_read_byte(uint8_t* byte) {
  pollfd input = {STDIN_FILENO, POLLIN, 0};
  if (poll(&input, 1, 100) <= 0) return false;
  if (read(STDIN_FILENO, byte, 1) != 1) exit(0);  // the host is gone
  return true;
}

void board_write_byte(uint8_t byte) {
  if (write(STDOUT_FILENO, &byte, 1) != 1) exit(1);
}

void board_reset() {
  // A process can't be reset from inside; its end is what the host sees.
  exit(3);
}
