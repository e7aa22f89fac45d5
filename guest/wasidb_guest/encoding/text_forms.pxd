cimport cython
from libc.stdint cimport int32_t, uint64_t

cdef Py_ssize_t DATE, DATETIME, DECIMAL, UUID
cdef Py_ssize_t DATE_SIZE, DATETIME_SIZE, SIXTEEN_BYTES, SCALE_MAX
cdef uint64_t MASK32, SIGN

@cython.locals(width=Py_ssize_t, all_valid=bint, row=Py_ssize_t)
cpdef Py_ssize_t parse_column(int tag, const unsigned char[::1] text, const int32_t[::1] offsets, const unsigned char[::1] flags, unsigned char[::1] stored) except? -2

@cython.locals(width=Py_ssize_t, end=Py_ssize_t, row=Py_ssize_t)
cpdef Py_ssize_t print_column(int tag, const unsigned char[::1] stored, Py_ssize_t count, unsigned char[::1] text, int32_t[::1] offsets) except? -1

cdef Py_ssize_t width_of(int tag) except? -1
cpdef bint parse(int tag, const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end, unsigned char[::1] stored, Py_ssize_t at) except? -1
cpdef Py_ssize_t print_one(int tag, const unsigned char[::1] stored, Py_ssize_t at, unsigned char[::1] text, Py_ssize_t end) except? -1

@cython.locals(year_digits=Py_ssize_t, dash=Py_ssize_t, year=Py_ssize_t, month=Py_ssize_t, day=Py_ssize_t)
cdef Py_ssize_t parse_date(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end, unsigned char[::1] stored, Py_ssize_t at) except? -2

@cython.locals(where=Py_ssize_t)
cdef bint parse_datetime(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end, unsigned char[::1] stored, Py_ssize_t at) except? -1

@cython.locals(hour=Py_ssize_t, minute=Py_ssize_t, second=Py_ssize_t, where=Py_ssize_t)
cdef Py_ssize_t parse_time(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end, unsigned char[::1] stored, Py_ssize_t at) except? -2

@cython.locals(where=Py_ssize_t, microsecond=uint64_t, _=Py_ssize_t)
cdef Py_ssize_t parse_fraction(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end, unsigned char[::1] stored, Py_ssize_t at) except? -2

@cython.locals(hours=Py_ssize_t, minutes=Py_ssize_t, total=Py_ssize_t)
cdef bint parse_offset(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end, unsigned char[::1] stored, Py_ssize_t at) except? -1

cdef Py_ssize_t print_date(const unsigned char[::1] stored, Py_ssize_t at, unsigned char[::1] text, Py_ssize_t end) except? -1

@cython.locals(offset=Py_ssize_t)
cdef Py_ssize_t print_datetime(const unsigned char[::1] stored, Py_ssize_t at, unsigned char[::1] text, Py_ssize_t end) except? -1

@cython.locals(is_leap=bint)
cdef Py_ssize_t days_in_month(Py_ssize_t year, Py_ssize_t month) except? -1

@cython.locals(where=Py_ssize_t, is_negative=bint, low=uint64_t, middle=uint64_t, high=uint64_t, digit_count=Py_ssize_t, scale=Py_ssize_t, character=cython.uchar, flags=uint64_t)
cdef bint parse_decimal(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end, unsigned char[::1] stored, Py_ssize_t at) except? -1

@cython.locals(flags=uint64_t, low=uint64_t, middle=uint64_t, high=uint64_t, scale=Py_ssize_t, divisor=uint64_t, is_negative=bint, start=Py_ssize_t, digit_count=Py_ssize_t)
cdef Py_ssize_t print_decimal(const unsigned char[::1] stored, Py_ssize_t at, unsigned char[::1] text, Py_ssize_t end) except? -1

cdef bint is_between_digits(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t where, Py_ssize_t end) except? -1

@cython.locals(character=cython.uchar)
cdef void reverse(unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end) except *

@cython.locals(has_hyphens=bint, where=Py_ssize_t, i=Py_ssize_t, high=int, low=int)
cdef bint parse_uuid(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end, unsigned char[::1] stored, Py_ssize_t at) except? -1

@cython.locals(i=Py_ssize_t)
cdef Py_ssize_t print_uuid(const unsigned char[::1] stored, Py_ssize_t at, unsigned char[::1] text, Py_ssize_t end) except? -1

cdef int nibble(int character) except? -2
cdef int hex_digit(int value) except? -1

@cython.locals(number=Py_ssize_t, i=Py_ssize_t)
cdef Py_ssize_t digits(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t count) except? -2

@cython.locals(size=Py_ssize_t)
cpdef Py_ssize_t put_digits(unsigned char[::1] text, Py_ssize_t end, uint64_t number, Py_ssize_t count) except? -1

@cython.locals(i=Py_ssize_t)
cdef void put_u32(unsigned char[::1] stored, Py_ssize_t at, uint64_t number) except *

@cython.locals(i=Py_ssize_t, number=uint64_t)
cdef uint64_t get_u32(const unsigned char[::1] stored, Py_ssize_t at) except? 0xFFFFFFFFFFFFFFFF
