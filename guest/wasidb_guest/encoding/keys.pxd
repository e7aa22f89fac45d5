cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t

cdef int BLOB, BOOLEAN, DATE, DATETIME, DECIMAL, INT8, INT64, JSON
cdef uint64_t WORD, SIGN, ONE_MASK
cdef Py_ssize_t TAG_AT, VALUE_AT, INTEGER_END, ADDRESS_SIZE, ENTRY_OVERHEAD
cdef uint64_t FLOAT32_INFINITY, FLOAT64_INFINITY
cdef bytes READ_ALONG
cdef int NULL, TEXT, UINT8, UINT64, UUID, CUSTOM, FLOAT32, FLOAT64

@cython.final
cdef class KeyBytes:
    cdef object source
    cdef unsigned char* raw
    cdef Py_ssize_t size

    cdef int hold(self, object source) except -1

@cython.locals(held=KeyBytes)
cpdef KeyBytes key_bytes(object source)

cpdef KeyBytes probe_of(bytes key)

@cython.locals(front=uint64_t, tag=int, a_columns=Py_ssize_t, b_columns=Py_ssize_t, a_size=Py_ssize_t, b_size=Py_ssize_t, order=int)
cpdef int compare_keys(KeyBytes a, Py_ssize_t a_at, KeyBytes b, Py_ssize_t b_at) except? -2

@cython.locals(tag=int, b_tag=int)
cdef int compare_tagged(KeyBytes a, Py_ssize_t a_at, Py_ssize_t a_size, KeyBytes b, Py_ssize_t b_at, Py_ssize_t b_size) except? -2

cdef int order_encoded(int tag, bytes a, bytes b) except? -2
cdef int compare_ranks(object a, object b) except? -2

@cython.locals(i=Py_ssize_t)
cdef int compare_bytes(KeyBytes a, Py_ssize_t a_at, Py_ssize_t a_size, KeyBytes b, Py_ssize_t b_at, Py_ssize_t b_size) except? -2

@cython.locals(flip=uint64_t)
cdef int compare_signed(KeyBytes a, Py_ssize_t a_at, KeyBytes b, Py_ssize_t b_at, Py_ssize_t width) except? -2

@cython.locals(order=int, i=Py_ssize_t)
cdef int compare_datetimes(KeyBytes a, Py_ssize_t a_at, KeyBytes b, Py_ssize_t b_at) except? -2

@cython.locals(a_tag=Py_ssize_t, b_tag=Py_ssize_t, a_data=Py_ssize_t, b_data=Py_ssize_t, order=int)
cdef int compare_customs(KeyBytes a, Py_ssize_t a_at, Py_ssize_t a_size, KeyBytes b, Py_ssize_t b_at, Py_ssize_t b_size) except? -2

cdef int compare_floats(KeyBytes a, Py_ssize_t a_at, KeyBytes b, Py_ssize_t b_at, Py_ssize_t width) except? -2

@cython.locals(sign=uint64_t, magnitude=uint64_t)
cdef uint64_t float_rank(uint64_t bits, Py_ssize_t width) except? 0

@cython.locals(order=int)
cpdef int compare_entries(KeyBytes a, Py_ssize_t a_at, KeyBytes b, Py_ssize_t b_at) except? -2

@cython.locals(front=uint64_t, rank=uint64_t, address=uint64_t, tag=int, high=Py_ssize_t, middle=Py_ssize_t)
cpdef Py_ssize_t bound_near(KeyBytes source, const int32_t[::1] offsets, Py_ssize_t low, Py_ssize_t count, Py_ssize_t step, KeyBytes entry, Py_ssize_t at) except? -1

@cython.locals(a_rank=uint64_t)
cdef bint is_below(KeyBytes a, Py_ssize_t a_at, KeyBytes b, Py_ssize_t b_at, uint64_t front, int tag, uint64_t rank, uint64_t address) except -1

cpdef int u8_at(KeyBytes source, Py_ssize_t at) except? -1

@cython.locals(value=uint32_t)
cdef Py_ssize_t u32_at(KeyBytes source, Py_ssize_t at) except? -1

@cython.locals(value=uint64_t, i=Py_ssize_t)
cdef uint64_t u64_at(KeyBytes source, Py_ssize_t at, Py_ssize_t width) except? 0

@cython.locals(a=uint64_t, b=uint64_t, c=uint64_t, d=uint64_t, e=uint64_t, f=uint64_t, g=uint64_t, h=uint64_t)
cpdef uint64_t word_at(KeyBytes source, Py_ssize_t at) noexcept

@cython.locals(front=uint64_t, rank=uint64_t, tag=int, high=Py_ssize_t, place=Py_ssize_t, step=Py_ssize_t)
cpdef Py_ssize_t even_bound(KeyBytes source, const int32_t[::1] offsets, Py_ssize_t low, Py_ssize_t count, KeyBytes key, Py_ssize_t at, int order) except? -1

@cython.final
cdef class Spread:
    cdef Py_ssize_t first, step
    cdef uint64_t front, lowest, reach, last_place
    cdef int tag

    @cython.locals(front=uint64_t, tag=int, step=Py_ssize_t, is_even=bint)
    cdef void find(self, KeyBytes source, Py_ssize_t first, Py_ssize_t last, Py_ssize_t count) except *

@cython.locals(rank=uint64_t, place=Py_ssize_t, found=Py_ssize_t, is_there=bint)
cpdef Py_ssize_t even_match(KeyBytes source, Spread spread, KeyBytes key, Py_ssize_t at) except? -2

@cython.locals(a_rank=uint64_t)
cdef int order_against(KeyBytes a, Py_ssize_t a_at, KeyBytes b, Py_ssize_t b_at, uint64_t front, int tag, uint64_t rank) except? -2

cdef bint is_like(KeyBytes source, Py_ssize_t at, uint64_t front, int tag) noexcept

cdef uint64_t place_at(uint64_t above, uint64_t reach, uint64_t last) noexcept

@cython.locals(lowest=uint64_t, highest=uint64_t)
cdef Py_ssize_t expected_place(KeyBytes source, Py_ssize_t first, Py_ssize_t last, Py_ssize_t count, uint64_t front, int tag, uint64_t rank) noexcept

cpdef bint is_integer(int tag) noexcept
cdef uint64_t rank_at(KeyBytes source, Py_ssize_t at, int tag) noexcept
@cython.locals(low=uint64_t, high=uint64_t)
cpdef uint64_t address_at(KeyBytes entry, Py_ssize_t at) except? 0
cdef uint64_t date_at(KeyBytes source, Py_ssize_t at) except? 0
cdef int sign_of(Py_ssize_t a, Py_ssize_t b) except? -2
cdef int sign_of_u64(uint64_t a, uint64_t b) except? -2
