set(HARNESS_CPU_FLAGS -mcpu=cortex-m7 -mthumb -mfpu=fpv5-sp-d16 -mfloat-abi=hard)
set(HARNESS_BOARD_SOURCES
  boards/nucleo_f746zg/board.cc
  chips/stm32/nucleo_144_f7.cc
  chips/stm32/stm32.cc
  chips/stm32/usart.cc
  chips/stm32/clock_f4_f7.cc
  chips/cortex_m/core.cc
  chips/cortex_m/libc.cc
  chips/cortex_m/startup.cc)
