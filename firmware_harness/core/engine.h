// What runs the model: TFLM (engine_tflm.cc), or the built-in stand-in (engine_builtin.cc).
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/board.h"

namespace harness {

class OperatorListener {
 public:
  virtual void begin(const char* operator_name) = 0;
  virtual void end() = 0;

 protected:
  ~OperatorListener() = default;
};

namespace engine {

extern const char* const kName;  // "tflm" or "builtin"

struct Usage {
  bool ok;
  size_t used_bytes;  // of the arena; head + tail
  size_t head_bytes;
  size_t tail_bytes;
};

struct RecordedKind {
  const char* name;
  size_t requested_bytes;
  size_t used_bytes;
  size_t count;
};

struct Recording {
  static constexpr size_t kMaxKinds = 8;
  Usage usage;
  RecordedKind kinds[kMaxKinds];
  size_t kind_count;
};

// The plain interpreter, as a product would build it: only used_bytes is known.
Usage allocate(Block arena);

// The same objects in the same places, built one by one so that head and tail can be asked.
Usage split(Block arena);

// The recording interpreter: uses more arena than the plain one, and says what for.
Recording record(Block arena);

// A plain interpreter that stays until the next call of this namespace. `listener` may be null.
bool open(Block arena, OperatorListener* listener);

// One inference from a fresh state: variables reset, inputs filled from `seed`.
bool prepare(uint32_t seed);
bool invoke();

struct Outputs {
  uint32_t crc;
  size_t bytes;
};
Outputs outputs();

// The engine's own words about the last failure; "" where it gave none.
const char* log();
void clear_log();

}  // namespace engine
}  // namespace harness
