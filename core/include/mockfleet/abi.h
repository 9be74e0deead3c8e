/* The ABI shared by all mockfleet plugins: slices, status, calls, host, plugin descriptor. C99. */
#ifndef MOCKFLEET_ABI_H
#define MOCKFLEET_ABI_H

#include <stddef.h>
#include <stdint.h>

typedef int32_t mf_status; /* fixed width: the size of a C enum is the compiler's choice */
#define MF_OK 0
#define MF_NOT_FOUND 1
#define MF_CONFLICT 2
#define MF_INVALID 3
#define MF_UNSUPPORTED 4
#define MF_UNAVAILABLE 5
#define MF_TIMEOUT 6
#define MF_CANCELLED 7
#define MF_DENIED 8
#define MF_EXHAUSTED 9
#define MF_INTERNAL 10

#endif
