#include "core/stack.h"

#include <cstdint>

#include "core/board.h"

namespace harness {
namespace {

constexpr uint32_t kPaint = 0xc5c5a3a3;
// Room for this function's own frame and whatever the compiler spills below its locals.
constexpr uintptr_t kMargin = 128;

}  // namespace

__attribute__((noinline)) bool paint_stack() {
  const Block stack = board_stack();
  if (stack.begin == nullptr) return false;
  auto* word = reinterpret_cast<volatile uint32_t*>(stack.begin);
  const uintptr_t here = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) - kMargin;
  for (; reinterpret_cast<uintptr_t>(word) < here; ++word) *word = kPaint;
  return true;
}

__attribute__((noinline)) size_t stack_high_water() {
  const Block stack = board_stack();
  const auto* word = reinterpret_cast<volatile const uint32_t*>(stack.begin);
  const auto* top = reinterpret_cast<volatile const uint32_t*>(stack.begin + stack.bytes);
  while (word < top && *word == kPaint) ++word;
  return static_cast<size_t>(reinterpret_cast<uintptr_t>(top) - reinterpret_cast<uintptr_t>(word));
}

}  // namespace harness
