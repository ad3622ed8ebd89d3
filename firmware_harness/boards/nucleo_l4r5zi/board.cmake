set(HARNESS_CPU_FLAGS -mcpu=cortex-m4 -mthumb -mfpu=fpv4-sp-d16 -mfloat-abi=hard)
set(HARNESS_BOARD_SOURCES
  boards/nucleo_l4r5zi/board.cc
  chips/stm32/stm32.cc
  chips/stm32/usart.cc
  chips/cortex_m/core.cc
  chips/cortex_m/libc.cc
  chips/cortex_m/startup.cc)
