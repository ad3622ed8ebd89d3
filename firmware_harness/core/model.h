// The model, linked in by core/model.S.
#pragma once

#include <cstddef>
#include <cstdint>

extern "C" const uint8_t harness_model_begin[];
extern "C" const uint8_t harness_model_end[];

namespace harness {

inline size_t model_bytes() {
  return static_cast<size_t>(harness_model_end - harness_model_begin);
}

}  // namespace harness
