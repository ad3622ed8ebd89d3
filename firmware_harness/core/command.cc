#include "core/command.h"

#include <cstring>

#include "core/crc32.h"
#include "core/record.h"

namespace harness {
namespace {

// Reads a decimal number at `*at`; false without a digit or beyond 32 bits.
bool read_number(const char** at, const char* end, uint32_t* value) {
  const char* p = *at;
  uint64_t number = 0;
  while (p < end && *p >= '0' && *p <= '9') {
    number = number * 10 + static_cast<uint64_t>(*p++ - '0');
    if (number > UINT32_MAX) return false;
  }
  if (p == *at) return false;
  *at = p;
  *value = static_cast<uint32_t>(number);
  return true;
}

bool read_hex(const char* text, uint32_t* value) {
  *value = 0;
  for (int i = 0; i < 8; ++i) {
    const char c = text[i];
    uint32_t digit;
    if (c >= '0' && c <= '9') {
      digit = static_cast<uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<uint32_t>(c - 'a' + 10);
    } else {
      return false;
    }
    *value = *value << 4 | digit;
  }
  return true;
}

}  // namespace

CommandReader::Result CommandReader::feed(uint8_t byte, Command* command) {
  if (byte == static_cast<uint8_t>(kRecordSeparator)) {
    in_line_ = true;
    size_ = 0;
    return Result::kIncomplete;
  }
  if (!in_line_) return Result::kIncomplete;
  if (byte == '\n') {
    in_line_ = false;
    return parse(command);
  }
  if (size_ == sizeof(line_)) {
    in_line_ = false;
    return Result::kMalformed;
  }
  line_[size_++] = static_cast<char>(byte);
  return Result::kIncomplete;
}

CommandReader::Result CommandReader::parse(Command* command) const {
  constexpr size_t kTrailer = 9;  // '*' and eight digits
  uint32_t crc;
  if (size_ < kTrailer || line_[size_ - kTrailer] != '*' ||
      !read_hex(line_ + size_ - 8, &crc) || crc32(0, line_, size_ - kTrailer) != crc) {
    return Result::kBadCrc;
  }
  const char* at = line_;
  const char* end = line_ + size_ - kTrailer;
  *command = Command();
  if (!read_number(&at, end, &command->sequence) || at == end || *at++ != ' ') {
    return Result::kMalformed;
  }
  const auto* space = static_cast<const char*>(memchr(at, ' ', static_cast<size_t>(end - at)));
  const char* stop = space != nullptr ? space : end;
  const auto length = static_cast<size_t>(stop - at);
  if (length == 0 || length >= sizeof(command->name)) return Result::kMalformed;
  memcpy(command->name, at, length);
  for (at = stop; at < end;) {
    if (*at++ != ' ' || command->argument_count == Command::kMaxArguments ||
        !read_number(&at, end, &command->arguments[command->argument_count++])) {
      return Result::kMalformed;
    }
  }
  return Result::kCommand;
}

}  // namespace harness
