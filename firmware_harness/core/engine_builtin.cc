// A stand-in for TFLM so that the harness can be built and tested without it. Everything around it
// is real: boot, serial port, protocol, timers, stack paint, faults. Its "model" is any file: it
// is hashed in four layers. Its "arena" figures follow from the file's size by the rules below, so
// that a host test can say what must come back.
#include <cstring>

#include "core/crc32.h"
#include "core/engine.h"
#include "core/inputs.h"
#include "core/model.h"

namespace harness::engine {

const char* const kName = "builtin";

namespace {

constexpr size_t kHeadBytes = 1024;
constexpr size_t kRecordingBytes = 112;
// Like TFLM on small models: room that is needed only while planning.
constexpr size_t kPlanningBytes = 100;
constexpr size_t kInputBytes = 64;
constexpr size_t kLayers = 4;
constexpr const char* kLayerNames[kLayers] = {"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED",
                                              "SOFTMAX"};

uint8_t* input = nullptr;
uint32_t state = 0;
OperatorListener* listener = nullptr;
const char* last_log = "";

size_t tail_bytes() { return 64 + 12 * (model_bytes() % 7); }

Usage usage(Block arena, size_t extra) {
  const size_t used = kHeadBytes + tail_bytes() + extra;
  if (arena.bytes < used + kPlanningBytes) {
    last_log = "built-in engine: \"arena\" too small";
    return {false, 0, 0, 0};
  }
  return {true, used, kHeadBytes, tail_bytes() + extra};
}

uint32_t layer(uint32_t seed, size_t index) {
  // Uses some stack on purpose, so that the high-water mark has something to find.
  uint8_t block[256];
  memset(block, static_cast<int>(index), sizeof(block));
  const size_t step = model_bytes() < sizeof(block) ? model_bytes() : sizeof(block);
  for (size_t at = 0; at + step <= model_bytes() && step != 0; at += step) {
    for (size_t i = 0; i < step; ++i) block[i] ^= harness_model_begin[at + i];
    seed = crc32(seed, block, step);
  }
  return crc32(seed, block, sizeof(block));
}

}  // namespace

Usage allocate(Block arena) {
  Usage result = usage(arena, 0);
  result.head_bytes = result.tail_bytes = 0;
  return result;
}

Usage split(Block arena) { return usage(arena, 0); }

Recording record(Block arena) {
  Recording result = {};
  result.usage = usage(arena, kRecordingBytes);
  if (!result.usage.ok) return result;
  result.kinds[0] = {"kTfLiteEvalTensorData", 24, 24, 2};
  result.kinds[1] = {"kPersistentBufferData", 32, 48, 3};
  result.kind_count = 2;
  return result;
}

bool open(Block arena, OperatorListener* to) {
  listener = to;
  input = arena.begin;
  return usage(arena, 0).ok;
}

bool prepare(uint32_t seed) {
  InputGenerator(seed).fill_bytes(input, kInputBytes);
  state = 0;
  return true;
}

bool invoke() {
  state = crc32(0, input, kInputBytes);
  for (size_t i = 0; i < kLayers; ++i) {
    if (listener != nullptr) listener->begin(kLayerNames[i]);
    state = layer(state, i);
    if (listener != nullptr) listener->end();
  }
  return true;
}

Outputs outputs() { return {crc32(0, &state, sizeof(state)), sizeof(state)}; }

const char* log() { return last_log; }
void clear_log() { last_log = ""; }

}  // namespace harness::engine
