set(HARNESS_CPU_FLAGS -mcpu=cortex-m7 -mthumb -mfpu=fpv5-sp-d16 -mfloat-abi=hard)
set(HARNESS_BOARD_SOURCES
  boards/mps2_an500/board.cc
  chips/cmsdk/mps.cc
  chips/cortex_m/core.cc
  chips/cortex_m/libc.cc
  chips/cortex_m/startup.cc)
