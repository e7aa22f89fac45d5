cimport cython
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

ctypedef fused integer:
    int8_t
    int16_t
    int32_t
    int64_t
    uint8_t
    uint16_t
    uint32_t
    uint64_t

cdef int64_t ERA_DAYS, SHIFTED_EPOCH, SECONDS_PER_DAY, DECIMAL_SCALE_MAX, U32_MASK

@cython.locals(row=Py_ssize_t)
cpdef Py_ssize_t first_outside(const int64_t[::1] values, int64_t low, int64_t high) except? -1

@cython.locals(row=Py_ssize_t)
cpdef Py_ssize_t first_indivisible(const int64_t[::1] values, int64_t divisor) except? -1

@cython.locals(row=Py_ssize_t)
cpdef void widen(const integer[::1] source, int64_t[::1] target) except *

@cython.locals(row=Py_ssize_t)
cpdef void narrow(const int64_t[::1] source, integer[::1] target) except *

@cython.locals(row=Py_ssize_t, at=Py_ssize_t)
cpdef void blank_nulls(
    unsigned char[::1] data, Py_ssize_t width, const unsigned char[::1] validity
) except *

@cython.locals(row=Py_ssize_t)
cpdef void dates(
    const int64_t[::1] values, int64_t units_per_day, unsigned char[::1] target
) except *

@cython.locals(row=Py_ssize_t, at=Py_ssize_t, second=int64_t, fraction=int64_t, microsecond=int64_t, day=int64_t)
cpdef void datetimes(
    const int64_t[::1] values,
    int64_t units_per_second,
    int64_t offset_minutes,
    unsigned char[::1] target,
) except *

@cython.locals(era=int64_t, year=int64_t, month=int64_t)
cdef int write_date(int64_t day, unsigned char[::1] target, Py_ssize_t at) except -1

cdef int write_u16(int64_t value, unsigned char[::1] target, Py_ssize_t at) except -1

@cython.locals(
    row=Py_ssize_t, at=Py_ssize_t, word=Py_ssize_t, is_negative=int64_t, carry=int64_t,
    value=int64_t, own_scale=int64_t,
)
cpdef Py_ssize_t decimals(
    const uint32_t[::1] words,
    Py_ssize_t size,
    int64_t scale,
    uint32_t[::1] magnitude,
    uint32_t[::1] target,
) except? -2

@cython.locals(word=Py_ssize_t, above=uint32_t)
cdef bint is_wide(uint32_t[::1] magnitude) except -1

@cython.locals(word=Py_ssize_t, rest=int64_t, value=int64_t)
cdef int64_t divide_by_ten(uint32_t[::1] magnitude) except -1
