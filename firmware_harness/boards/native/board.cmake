set(HARNESS_CPU_FLAGS)
set(HARNESS_BOARD_SOURCES
  boards/native/board.cc)
