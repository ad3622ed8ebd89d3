// Boots, says so, and then does what the host asks, one command at a time. Each command starts
// from nothing (a fresh interpreter), so the host may repeat any of them after a lost line or a
// reset. README.md lists the commands and their records.
#include <cstring>

#include "core/board.h"
#include "core/command.h"
#include "core/crc32.h"
#include "core/engine.h"
#include "core/fault.h"
#include "core/model.h"
#include "core/record.h"
#include "core/stack.h"

namespace harness {
namespace {

constexpr size_t kMaxWaits = 8;
const char* waits[kMaxWaits];
size_t wait_count = 0;
uint32_t starts = 0;

constexpr uint32_t kMaxRuns = 256;
uint64_t run_ticks[kMaxRuns];

// One command's answer: numbered records, then "end" with their count.
class Answer {
 public:
  explicit Answer(uint32_t sequence) : sequence_(sequence) {}
  Record record(const char* type) { return Record(sequence_, count_++, type); }
  void progress(uint32_t done, uint32_t of) {
    Record(sequence_, -1, "progress").number("done", done).number("of", of).send();
  }
  // Tells the host that the command has arrived, however long it may take from here.
  void acknowledge() { Record(sequence_, -1, "ack").send(); }
  void error(const char* reason) {
    Record(sequence_, -1, "error").text("reason", reason).text("log", engine::log()).send();
  }
  void end() { Record(sequence_, -1, "end").number("count", static_cast<uint64_t>(count_)).send(); }

 private:
  uint32_t sequence_;
  int count_ = 0;
};

void send_boot() {
  const Fault fault = take_fault();
  Record record(0, -1, "boot");
  record.number("starts", starts);
  if (fault.kind == nullptr) {
    record.text("fault", nullptr);
  } else {
    record.open("fault").text("kind", fault.kind).number("pc", fault.program_counter)
        .number("lr", fault.link_register).number("status", fault.status).close();
  }
  record.send();
}

void hello(Answer& answer) {
  Record hello = answer.record("hello");
  hello.text("harness_version", HARNESS_VERSION).text("board", kBoard.name)
      .text("core", kBoard.core).number("clock_hz", kBoard.clock_hz).text("engine", engine::kName);
  hello.open("time").text("source", kBoard.time_source).number("ticks_hz", kBoard.ticks_hz).close();
  hello.number("arena_bytes", board_arena().bytes);
  hello.open("model").number("bytes", model_bytes())
      .number("crc32", crc32(0, harness_model_begin, model_bytes())).close();
  hello.open("waits");
  for (size_t i = 0; i < wait_count; ++i) hello.text(waits[i], "not ready in time");
  hello.close().send();
  answer.end();
}

// A loop of two instructions, so that the host can tell whether ticks are what the port says.
__attribute__((noinline)) void spin(uint32_t turns) {
#ifdef __arm__
  asm volatile("1: subs %0, %0, #1\n bne 1b" : "+r"(turns) : : "cc");
#else
  for (volatile uint32_t i = 0; i < turns; i = i + 1) {
  }
#endif
}

void calibrate(Answer& answer, uint32_t turns) {
  if (turns == 0) return answer.error("bad_argument");
  const uint64_t begin = board_ticks();
  spin(turns);
  const uint64_t end = board_ticks();
  answer.record("calibration").number("turns", turns).number("ticks", end - begin).send();
  answer.end();
}

// The first `bytes` bytes of the arena (0: all of it); {nullptr, 0} where there are not as many.
Block arena_of(uint32_t bytes) {
  const Block all = board_arena();
  if (bytes == 0) return all;
  if (bytes > all.bytes) return {nullptr, 0};
  return {all.begin, bytes};
}

void allocate(Answer& answer, uint32_t bytes) {
  const Block arena = arena_of(bytes);
  if (arena.begin == nullptr) return answer.error("arena_exceeds_memory");
  const engine::Usage usage = engine::allocate(arena);
  answer.record("allocation").number("arena_bytes", arena.bytes).boolean("ok", usage.ok)
      .number("used_bytes", usage.used_bytes).text("log", engine::log()).send();
  answer.end();
}

void split(Answer& answer) {
  const engine::Usage usage = engine::split(board_arena());
  if (!usage.ok) return answer.error("allocate_failed");
  answer.record("split").number("used_bytes", usage.used_bytes)
      .number("head_bytes", usage.head_bytes).number("tail_bytes", usage.tail_bytes).send();
  answer.end();
}

void recording(Answer& answer) {
  const engine::Recording recording = engine::record(board_arena());
  if (!recording.usage.ok) return answer.error("allocate_failed");
  answer.record("recording").number("used_bytes", recording.usage.used_bytes)
      .number("head_bytes", recording.usage.head_bytes)
      .number("tail_bytes", recording.usage.tail_bytes).send();
  for (size_t i = 0; i < recording.kind_count; ++i) {
    const engine::RecordedKind& kind = recording.kinds[i];
    answer.record("kind").text("name", kind.name).number("requested_bytes", kind.requested_bytes)
        .number("used_bytes", kind.used_bytes).number("count", kind.count).send();
  }
  answer.end();
}

// Bytes of stack that a call from the function with the frame `caller` has used.
size_t used_below(const void* caller) {
  const Block stack = board_stack();
  const auto above = static_cast<size_t>(stack.begin + stack.bytes -
                                         static_cast<const uint8_t*>(caller));
  return stack_high_water() - above;
}

void stack(Answer& answer, uint32_t seed) {
  const void* here = __builtin_frame_address(0);
  size_t allocate_bytes = 0;
  size_t invoke_bytes = 0;
  const bool known = paint_stack();
  if (!engine::open(board_arena(), nullptr)) return answer.error("allocate_failed");
  if (known) allocate_bytes = used_below(here);
  if (!engine::prepare(seed)) return answer.error("prepare_failed");
  paint_stack();
  if (!engine::invoke()) return answer.error("invoke_failed");
  if (known) invoke_bytes = used_below(here);
  answer.record("stack").boolean("known", known).number("size_bytes", board_stack().bytes)
      .number("allocate_bytes", allocate_bytes).number("invoke_bytes", invoke_bytes).send();
  answer.end();
}

void latency(Answer& answer, uint32_t warm_up, uint32_t runs, uint32_t seed) {
  if (runs == 0 || runs > kMaxRuns) return answer.error("bad_argument");
  if (!engine::open(board_arena(), nullptr)) return answer.error("allocate_failed");
  engine::Outputs first = {0, 0};
  bool agree = true;
  for (uint32_t i = 0; i < warm_up + runs; ++i) {
    if (!engine::prepare(seed)) return answer.error("prepare_failed");
    const uint64_t begin = board_ticks();
    const bool ok = engine::invoke();
    const uint64_t end = board_ticks();
    if (!ok) return answer.error("invoke_failed");
    if (i >= warm_up) run_ticks[i - warm_up] = end - begin;
    const engine::Outputs now = engine::outputs();
    if (i == 0) first = now;
    agree = agree && now.crc == first.crc;
    answer.progress(i + 1, warm_up + runs);
  }
  for (uint32_t i = 0; i < runs; ++i) answer.record("run").number("ticks", run_ticks[i]).send();
  answer.record("outputs").number("crc32", first.crc).number("bytes", first.bytes)
      .boolean("runs_agree", agree).send();
  answer.end();
}

struct Event {
  const char* name;
  uint32_t depth;  // 0 at the top, 1 inside a control-flow operator, ...
  uint64_t ticks;
};
constexpr size_t kMaxEvents = 256;
Event events[kMaxEvents];

// Keeps the times of one inference; nothing is sent while it runs.
class Stopwatch final : public OperatorListener {
 public:
  void begin(const char* name) override {
    if (count_ == kMaxEvents) {
      overflow_ = true;
      ++depth_;
      return;
    }
    events[count_].name = name;
    events[count_].depth = depth_;
    open_[depth_ < kMaxDepth ? depth_ : kMaxDepth - 1] = count_;
    ++depth_;
    events[count_++].ticks = board_ticks();
  }
  void end() override {
    const uint64_t now = board_ticks();
    --depth_;
    if (overflow_) return;
    Event& event = events[open_[depth_ < kMaxDepth ? depth_ : kMaxDepth - 1]];
    event.ticks = now - event.ticks;
  }
  void clear() { count_ = depth_ = 0; }

  bool overflow() const { return overflow_ || depth_ != 0; }
  const Event* begin_event() const { return events; }
  const Event* end_event() const { return events + count_; }

 private:
  static constexpr size_t kMaxDepth = 8;
  size_t open_[kMaxDepth] = {};
  size_t count_ = 0;
  uint32_t depth_ = 0;
  bool overflow_ = false;
};

Stopwatch stopwatch;

void operators(Answer& answer, uint32_t seed) {
  if (!engine::open(board_arena(), &stopwatch)) return answer.error("allocate_failed");
  for (int run = 0; run < 2; ++run) {  // the first one warms caches up
    stopwatch.clear();
    if (!engine::prepare(seed)) return answer.error("prepare_failed");
    if (!engine::invoke()) return answer.error("invoke_failed");
    answer.progress(static_cast<uint32_t>(run + 1), 2);
  }
  if (stopwatch.overflow()) return answer.error("too_many_operators");
  for (const auto* event = stopwatch.begin_event(); event != stopwatch.end_event(); ++event) {
    answer.record("operator").text("name", event->name).number("depth", event->depth)
        .number("ticks", event->ticks).send();
  }
  answer.end();
}

void obey(const Command& command) {
  Answer answer(command.sequence);
  const uint32_t* arguments = command.arguments;
  const auto is = [&](const char* name, size_t count) {
    return strcmp(command.name, name) == 0 && command.argument_count == count;
  };
  engine::clear_log();
  answer.acknowledge();
  if (is("hello", 0)) return hello(answer);
  if (is("calibrate", 1)) return calibrate(answer, arguments[0]);
  if (is("allocate", 1)) return allocate(answer, arguments[0]);
  if (is("split", 0)) return split(answer);
  if (is("record", 0)) return recording(answer);
  if (is("stack", 1)) return stack(answer, arguments[0]);
  if (is("latency", 3)) return latency(answer, arguments[0], arguments[1], arguments[2]);
  if (is("operators", 1)) return operators(answer, arguments[0]);
  if (is("reset", 0)) board_reset();
#ifdef HARNESS_TEST_COMMANDS
  // Ways to go wrong, for the tests of the host side; only in builds with the built-in engine.
  if (is("crash", 0)) __builtin_trap();
  if (is("hang", 0)) {
    for (;;) board_ticks();
  }
  if (is("overlong", 0)) {
    Record record = answer.record("overlong");
    for (int i = 0; i < 200; ++i) record.text("filler", "more than a line can hold");
    record.send();
    return answer.end();
  }
#endif
  answer.error("unknown_command");
}

[[noreturn]] void serve() {
  CommandReader reader;
  Command command;
  for (;;) {
    uint8_t byte;
    if (!board_read_byte(&byte)) continue;
    switch (reader.feed(byte, &command)) {
      case CommandReader::Result::kIncomplete:
        break;
      case CommandReader::Result::kCommand:
        obey(command);
        break;
      case CommandReader::Result::kBadCrc:
        Record(0, -1, "error").text("reason", "bad_crc").send();
        break;
      case CommandReader::Result::kMalformed:
        Record(0, -1, "error").text("reason", "malformed_command").send();
        break;
    }
  }
}

}  // namespace

void report_wait(const char* what) {
  if (wait_count < kMaxWaits) waits[wait_count++] = what;
}

}  // namespace harness

int main() {
  harness::starts = harness::count_start();
  board_start();
  harness::send_boot();
  harness::serve();
}
