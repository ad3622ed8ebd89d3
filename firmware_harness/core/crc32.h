// CRC-32 (IEEE 802.3, reflected, as zlib's crc32), for the line protocol and for outputs.
#pragma once

#include <cstddef>
#include <cstdint>

namespace harness {

// Continues `crc` (0 to begin) over `bytes` bytes at `data`.
uint32_t crc32(uint32_t crc, const void* data, size_t bytes);

}  // namespace harness
