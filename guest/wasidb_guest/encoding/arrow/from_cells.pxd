cimport cython
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cdef int64_t ERA_DAYS, SHIFTED_EPOCH, MINUTE_SECONDS, DAY_SECONDS, SECOND
cdef uint64_t U32_MASK

@cython.locals(every_row=bint, row=Py_ssize_t)
cpdef Py_ssize_t days(
    const unsigned char[::1] cells, const unsigned char[::1] flags, int32_t[::1] target
) except? -2

@cython.locals(every_row=bint, row=Py_ssize_t, at=Py_ssize_t, fraction=int64_t, second=int64_t)
cpdef Py_ssize_t microseconds(
    const unsigned char[::1] cells, const unsigned char[::1] flags, int64_t[::1] target
) except? -2

@cython.locals(every_row=bint, is_first=bint, common=Py_ssize_t, row=Py_ssize_t, offset=Py_ssize_t)
cpdef Py_ssize_t common_offset(
    const unsigned char[::1] cells, const unsigned char[::1] flags
) except? -1

@cython.locals(year=int64_t, month=int64_t, day=int64_t, is_leap=bint, is_short=bint)
cdef bint is_date(const unsigned char[::1] cells, Py_ssize_t at) except? -1

cdef bint is_time(const unsigned char[::1] cells, Py_ssize_t at) except? -1

@cython.locals(year=int64_t, month=int64_t, day=int64_t)
cdef int64_t day_number(const unsigned char[::1] cells, Py_ssize_t at) except? -1

cdef int64_t u16(const unsigned char[::1] cells, Py_ssize_t at) except? -1

@cython.locals(number=int64_t)
cdef int64_t i16(const unsigned char[::1] cells, Py_ssize_t at) except? -1

@cython.locals(row=Py_ssize_t, at=Py_ssize_t, slot=Py_ssize_t, word=Py_ssize_t)
cpdef void largest_magnitudes(const uint32_t[::1] words, uint32_t[::1] largest) except *

@cython.locals(needed=Py_ssize_t, row=Py_ssize_t, at=Py_ssize_t, scale=Py_ssize_t, low=uint64_t, middle=uint64_t, high=uint64_t)
cpdef Py_ssize_t needed_scale(const uint32_t[::1] words) except? -1

@cython.locals(row=Py_ssize_t, source=Py_ssize_t, at=Py_ssize_t, word=Py_ssize_t, steps=Py_ssize_t)
cpdef void rescale(
    const uint32_t[::1] words, Py_ssize_t scale, Py_ssize_t size, uint32_t[::1] target
) except *

cdef Py_ssize_t scale_of(const uint32_t[::1] words, Py_ssize_t at) except? -1

@cython.locals(word=Py_ssize_t, value=uint64_t, digit=uint64_t)
cdef int multiply_by_ten(uint32_t[::1] words, Py_ssize_t at, Py_ssize_t size) except -1

@cython.locals(word=Py_ssize_t, value=uint64_t, rest=uint64_t)
cdef int divide_by_ten(uint32_t[::1] words, Py_ssize_t at, Py_ssize_t size) except -1

@cython.locals(word=Py_ssize_t, value=uint64_t, carry=uint64_t)
cdef int negate(uint32_t[::1] words, Py_ssize_t at, Py_ssize_t size) except -1
