#include "core/record.h"

#include "core/board.h"
#include "core/crc32.h"

namespace harness {
namespace {

// Returns the rest. 64-bit division would link a part of libgcc that some operators need as well,
// and what the harness adds to a firmware is to be the same for every model.
uint32_t divide_by_ten(uint64_t* value) {
  uint64_t quotient = 0;
  uint32_t rest = 0;
  for (int i = 0; i < 4; ++i) {
    rest = rest << 16 | static_cast<uint32_t>(*value >> 48);
    *value <<= 16;
    quotient = quotient << 16 | rest / 10;
    rest %= 10;
  }
  *value = quotient;
  return rest;
}

}  // namespace

char Record::buffer_[Record::kCapacity];

Record::Record(uint32_t sequence, int index, const char* type) : sequence_(sequence) {
  put('{');
  number("seq", sequence);
  if (index >= 0) number("i", static_cast<uint64_t>(index));
  text("type", type);
}

void Record::put(char c) {
  if (size_ < kCapacity) {
    buffer_[size_++] = c;
  } else {
    overflow_ = true;
  }
}

void Record::put(const char* text) {
  for (; *text != '\0'; ++text) put(*text);
}

void Record::put_quoted(const char* text) {
  static constexpr char kHex[] = "0123456789abcdef";
  put('"');
  for (; *text != '\0'; ++text) {
    const auto c = static_cast<unsigned char>(*text);
    if (c == '"' || c == '\\') {
      put('\\');
      put(static_cast<char>(c));
    } else if (c < 0x20 || c >= 0x7f) {
      // Log text may hold anything; \u00XX keeps the line ASCII and one line.
      put("\\u00");
      put(kHex[c >> 4]);
      put(kHex[c & 15]);
    } else {
      put(static_cast<char>(c));
    }
  }
  put('"');
}

void Record::name(const char* name) {
  if (!first_) put(',');
  first_ = false;
  put_quoted(name);
  put(':');
}

Record& Record::number(const char* name, uint64_t value) {
  this->name(name);
  char digits[20];
  int count = 0;
  do {
    digits[count++] = static_cast<char>('0' + divide_by_ten(&value));
  } while (value != 0);
  while (count > 0) put(digits[--count]);
  return *this;
}

Record& Record::text(const char* name, const char* value) {
  this->name(name);
  if (value == nullptr) {
    put("null");
  } else {
    put_quoted(value);
  }
  return *this;
}

Record& Record::boolean(const char* name, bool value) {
  this->name(name);
  put(value ? "true" : "false");
  return *this;
}

Record& Record::open(const char* name) {
  this->name(name);
  put('{');
  first_ = true;
  return *this;
}

Record& Record::close() {
  put('}');
  first_ = false;
  return *this;
}

bool Record::send() {
  put('}');
  if (overflow_) {
    Record(sequence_, -1, "error").text("reason", "record_too_long").send();
    return false;
  }
  const uint32_t crc = crc32(0, buffer_, size_);
  board_write_byte(kRecordSeparator);
  for (size_t i = 0; i < size_; ++i) board_write_byte(static_cast<uint8_t>(buffer_[i]));
  board_write_byte('*');
  for (int shift = 28; shift >= 0; shift -= 4) {
    board_write_byte(static_cast<uint8_t>("0123456789abcdef"[(crc >> shift) & 15]));
  }
  board_write_byte('\n');
  return true;
}

}  // namespace harness
