#include "core/fault.h"

#include <cstdlib>

#include "core/board.h"
#include "core/crc32.h"

namespace harness {
namespace {

struct Survivor {
  uint32_t starts;
  uint32_t has_fault;
  Fault fault;
  uint32_t crc;  // over everything before it: tells kept RAM from what power-up left there
};

__attribute__((section(".noinit"))) Survivor survivor;

uint32_t crc_of_survivor() { return crc32(0, &survivor, offsetof(Survivor, crc)); }

void seal() { survivor.crc = crc_of_survivor(); }

}  // namespace

uint32_t count_start() {
  if (survivor.crc != crc_of_survivor()) survivor = Survivor();
  const uint32_t before = survivor.starts++;
  seal();
  return before;
}

Fault take_fault() {
  const Fault fault = survivor.has_fault != 0 ? survivor.fault : Fault{nullptr, 0, 0, 0};
  survivor.has_fault = 0;
  seal();
  return fault;
}

void fail(const Fault& fault) {
  survivor.fault = fault;
  survivor.has_fault = 1;
  seal();
  board_reset();
}

}  // namespace harness

#ifdef HARNESS_BARE_METAL
extern "C" [[noreturn]] void abort() {
  harness::fail({"abort", reinterpret_cast<uint32_t>(__builtin_return_address(0)), 0, 0});
}
#endif
