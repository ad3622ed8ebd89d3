// The portable core on the host: checksum, records out, commands in.
#include <cstdio>
#include <cstring>
#include <string>

#include "core/board.h"
#include "core/command.h"
#include "core/crc32.h"
#include "core/inputs.h"
#include "core/record.h"
#include "core/widen.h"

namespace {

std::string sent;
int failures = 0;

void check(bool ok, const char* what, int line) {
  if (ok) return;
  ++failures;
  std::printf("core_test.cc:%d: %s\n", line, what);
}
#define CHECK(condition) check((condition), #condition, __LINE__)

using Result = harness::CommandReader::Result;

Result feed(harness::CommandReader& reader, const std::string& bytes, harness::Command* command) {
  Result result = Result::kIncomplete;
  for (const char c : bytes) {
    const Result now = reader.feed(static_cast<uint8_t>(c), command);
    if (now != Result::kIncomplete) result = now;
  }
  return result;
}

std::string framed(const std::string& body) {
  char trailer[16];
  std::snprintf(trailer, sizeof(trailer), "*%08x\n", harness::crc32(0, body.data(), body.size()));
  return "\x1e" + body + trailer;
}

void test_crc32() {
  // The check value of CRC-32/ISO-HDLC.
  CHECK(harness::crc32(0, "123456789", 9) == 0xcbf43926);
  CHECK(harness::crc32(harness::crc32(0, "1234", 4), "56789", 5) == 0xcbf43926);
  CHECK(harness::crc32(0, "", 0) == 0);
}

void test_record() {
  sent.clear();
  harness::Record(7, 0, "x").number("n", 18446744073709551615u).text("t", "a\"\\\n\xff")
      .text("none", nullptr).open("o").boolean("b", true).close().boolean("c", false).send();
  const std::string body =
      "{\"seq\":7,\"i\":0,\"type\":\"x\",\"n\":18446744073709551615,"
      "\"t\":\"a\\\"\\\\\\u000a\\u00ff\",\"none\":null,\"o\":{\"b\":true},\"c\":false}";
  CHECK(sent == framed(body));
}

void test_record_too_long() {
  sent.clear();
  harness::Record record(9, 0, "long");
  for (int i = 0; i < 100; ++i) record.text("filler", "0123456789012345678901234567890123456789");
  CHECK(!record.send());
  CHECK(sent == framed("{\"seq\":9,\"type\":\"error\",\"reason\":\"record_too_long\"}"));
}

void test_command() {
  harness::CommandReader reader;
  harness::Command command;
  CHECK(feed(reader, framed("12 latency 1 20 4294967295"), &command) == Result::kCommand);
  CHECK(command.sequence == 12 && std::strcmp(command.name, "latency") == 0);
  CHECK(command.argument_count == 3 && command.arguments[0] == 1 && command.arguments[1] == 20);
  CHECK(command.arguments[2] == 4294967295u);
  CHECK(feed(reader, framed("1 hello"), &command) == Result::kCommand);
  CHECK(command.argument_count == 0);
}

void test_command_noise() {
  harness::CommandReader reader;
  harness::Command command;
  // Bytes before the separator, and a command broken off by the next one, are dropped.
  CHECK(feed(reader, "noise\n\x1e" "3 hel" + framed("4 hello"), &command) == Result::kCommand);
  CHECK(command.sequence == 4);
  std::string flipped = framed("5 hello");
  flipped[3] = static_cast<char>(flipped[3] ^ 1);
  CHECK(feed(reader, flipped, &command) == Result::kBadCrc);
  CHECK(feed(reader, "\x1e\n", &command) == Result::kBadCrc);
  CHECK(feed(reader, "\x1e" + std::string(200, 'a') + "\n", &command) == Result::kMalformed);
  CHECK(feed(reader, "still noise\n", &command) == Result::kIncomplete);
}

void test_command_malformed() {
  harness::CommandReader reader;
  harness::Command command;
  for (const char* body : {"", "hello", "1", "1 ", "1 hello ", "1 hello x", "1 hello 4294967296",
                           "1 hello 1 2 3 4", "1 abcdefghijklmnopq", "99999999999 hello"}) {
    CHECK(feed(reader, framed(body), &command) == Result::kMalformed);
  }
}

void test_widen() {
  constexpr uint64_t kWrap = uint64_t{1} << 32;
  constexpr uint64_t kTruths[] = {0, 1, kWrap - 1, kWrap, 5 * kWrap / 2, 1000 * kWrap + 7};
  constexpr uint64_t kErrors[] = {0, 1, 50000, kWrap / 2 - 1};
  for (const uint64_t truth : kTruths) {
    const auto count = static_cast<uint32_t>(truth);
    for (const uint64_t error : kErrors) {
      CHECK(harness::widen(count, truth + error) == truth);
      if (truth >= error) CHECK(harness::widen(count, truth - error) == truth);
    }
  }
}

void test_inputs() {
  harness::InputGenerator one(1);
  CHECK(one.next() == 270369);  // the first value of xorshift32 from 1
  float values[64];
  one.fill_floats(values, 64);
  for (const float value : values) CHECK(value >= -1.0f && value < 1.0f);
  CHECK(harness::InputGenerator(0).next() == harness::InputGenerator(1).next());
}

}  // namespace

void board_write_byte(uint8_t byte) { sent += static_cast<char>(byte); }

int main() {
  test_crc32();
  test_record();
  test_record_too_long();
  test_command();
  test_command_noise();
  test_command_malformed();
  test_widen();
  test_inputs();
  if (failures == 0) std::printf("core_test: all passed\n");
  return failures == 0 ? 0 : 1;
}
