// What newlib wants from a system. The harness has no files, no heap and no process to end.
#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>

#include "core/fault.h"

extern "C" {

// Nothing in TFLM or here may call malloc: a call is a defect, and is reported as one.
void* _sbrk(ptrdiff_t) { harness::fail({"malloc", 0, 0, 0}); }
[[noreturn]] void _exit(int) { harness::fail({"exit", 0, 0, 0}); }
int _kill(int, int) { return -1; }
int _getpid() { return 1; }
int _write(int, const char*, int size) { return size; }
int _read(int, char*, int) { return 0; }
int _close(int) { return -1; }
int _fstat(int, struct stat*) { return -1; }
int _isatty(int) { return 0; }
off_t _lseek(int, off_t, int) { return -1; }

// Static objects are never destroyed on a board.
void* __dso_handle = nullptr;
int __cxa_atexit(void (*)(void*), void*, void*) { return 0; }
int __aeabi_atexit(void*, void (*)(void*), void*) { return 0; }
void __cxa_pure_virtual() { harness::fail({"pure_virtual", 0, 0, 0}); }
}
