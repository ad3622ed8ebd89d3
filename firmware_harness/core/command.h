// Commands from the host: <RS> SEQUENCE NAME [NUMBER...] * <8 hex digits of CRC-32> <LF>.
#pragma once

#include <cstddef>
#include <cstdint>

namespace harness {

struct Command {
  static constexpr size_t kMaxArguments = 3;
  uint32_t sequence = 0;
  char name[16] = {};
  uint32_t arguments[kMaxArguments] = {};
  size_t argument_count = 0;
};

// Assembles commands byte by byte. Anything before an RS is noise and is dropped.
class CommandReader {
 public:
  enum class Result { kIncomplete, kCommand, kBadCrc, kMalformed };
  Result feed(uint8_t byte, Command* command);

 private:
  Result parse(Command* command) const;

  char line_[64];
  size_t size_ = 0;
  bool in_line_ = false;
};

}  // namespace harness
