// One protocol record: a JSON object on one line, framed as
//   <RS> {"seq":7,"i":0,"type":"arena",...} * <8 hex digits of CRC-32 over the JSON> <LF>
// RS is the ASCII record separator 0x1E (as in RFC 7464): a reader that joins in the middle of a
// line, or finds noise before it, starts again at the next RS.
#pragma once

#include <cstddef>
#include <cstdint>

namespace harness {

constexpr char kRecordSeparator = 0x1e;

class Record {
 public:
  // Unnumbered records (boot, progress, error) pass index < 0.
  Record(uint32_t sequence, int index, const char* type);

  Record& number(const char* name, uint64_t value);
  Record& text(const char* name, const char* value);  // nullptr gives null
  Record& boolean(const char* name, bool value);
  Record& open(const char* name);                     // a nested object
  Record& close();

  // False where the line did not fit: then an error record has been sent in its place.
  bool send();

 private:
  void name(const char* name);
  void put(char c);
  void put(const char* text);
  void put_quoted(const char* text);

  // Room for the longest record (a boot record with all waits, or a log of 512 characters).
  static constexpr size_t kCapacity = 2048;
  static char buffer_[kCapacity];
  size_t size_ = 0;
  bool first_ = true;
  bool overflow_ = false;
  uint32_t sequence_;
};

}  // namespace harness
