#pragma once

#include <cstdint>

namespace harness {

// A 32-bit counter that wraps, made 64 bits wide by `about`: the same count as told by a slower
// clock. Right as long as that is off by less than half a wrap.
inline uint64_t widen(uint32_t count, uint64_t about) {
  const auto ahead = static_cast<int32_t>(count - static_cast<uint32_t>(about));
  return about + static_cast<uint64_t>(static_cast<int64_t>(ahead));
}

}  // namespace harness
