set(HARNESS_CPU_FLAGS -mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard)
set(HARNESS_BOARD_SOURCES
  boards/_template/board.cc
  chips/cortex_m/core.cc
  chips/cortex_m/libc.cc
  chips/cortex_m/startup.cc)
