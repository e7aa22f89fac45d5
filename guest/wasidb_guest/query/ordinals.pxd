cimport cython
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef Py_ssize_t DATETIME_SIZE, PREFIX_SIZE
cdef int64_t SECONDS_A_DAY, MICROSECONDS, MAGNITUDE, INFINITY

ctypedef fused narrow:
    int8_t
    int16_t
    int32_t
    uint8_t
    uint16_t
    uint32_t

@cython.locals(row=Py_ssize_t)
cpdef void integer_ordinals(const narrow[::1] values, int64_t[::1] ordinals) except *

@cython.locals(row=Py_ssize_t, at=Py_ssize_t, year=int64_t)
cpdef void date_ordinals(const unsigned char[::1] data, int64_t[::1] ordinals) except *

@cython.locals(row=Py_ssize_t, at=Py_ssize_t, i=Py_ssize_t, year=int64_t, seconds=int64_t, offset=int64_t, microsecond=int64_t)
cpdef void instants(const unsigned char[::1] data, int64_t[::1] ordinals) except *

@cython.locals(months=int64_t, leap_days=int64_t)
cpdef int64_t days_from_epoch(int64_t year, int64_t month, int64_t day) except? -1

@cython.locals(row=Py_ssize_t, magnitude=int64_t)
cpdef void float_ordinals(const int64_t[::1] bits, int64_t[::1] ordinals) except *

@cython.locals(row=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t, prefix=uint64_t)
cpdef void span_prefixes(const unsigned char[::1] data, const int32_t[::1] offsets, uint64_t[::1] prefixes) except *

@cython.locals(row=Py_ssize_t)
cpdef void set_offsets(Py_ssize_t width, int32_t[::1] offsets) except *
