// The stack's high-water mark: paint what is free, run, see how far down the paint is gone.
#pragma once

#include <cstddef>

namespace harness {

// Paints the free part of the stack. False where the board can't tell where its stack is.
bool paint_stack();

// Bytes from the top of the stack down to the lowest one written since paint_stack().
size_t stack_high_water();

}  // namespace harness
