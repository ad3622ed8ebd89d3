// Deterministic inputs: the same bytes for the same seed on every board and on the host.
#pragma once

#include <cstddef>
#include <cstdint>

namespace harness {

// xorshift32 (Marsaglia 2003): small, well known, and easy to repeat on the host.
class InputGenerator {
 public:
  explicit InputGenerator(uint32_t seed) : state_(seed != 0 ? seed : 1) {}

  uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    state_ ^= state_ << 5;
    return state_;
  }

  void fill_bytes(void* data, size_t bytes) {
    auto* p = static_cast<uint8_t*>(data);
    for (size_t i = 0; i < bytes; ++i) p[i] = static_cast<uint8_t>(next() >> 24);
  }

  // In [-1, 1), exactly representable, so that every compiler gives the same values.
  void fill_floats(float* data, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      data[i] = static_cast<float>(static_cast<int32_t>(next() >> 8) - (1 << 23)) /
                static_cast<float>(1 << 23);
    }
  }

  // Small indices (int32 and int64 inputs are mostly that): 0 or 1.
  template <typename Integer>
  void fill_indices(Integer* data, size_t count) {
    for (size_t i = 0; i < count; ++i) data[i] = static_cast<Integer>(next() >> 31);
  }

 private:
  uint32_t state_;
};

}  // namespace harness
