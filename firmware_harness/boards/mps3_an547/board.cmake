set(HARNESS_CPU_FLAGS -mcpu=cortex-m55 -mthumb -mfloat-abi=hard)
set(HARNESS_BOARD_SOURCES
  boards/mps3_an547/board.cc
  chips/cmsdk/mps.cc
  chips/cortex_m/core.cc
  chips/cortex_m/libc.cc
  chips/cortex_m/startup.cc)
