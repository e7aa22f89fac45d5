cimport cython
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

ctypedef fused ordinal:
    int8_t
    int16_t
    int32_t
    int64_t
    uint8_t
    uint16_t
    uint32_t
    uint64_t

@cython.locals(size=Py_ssize_t, row=Py_ssize_t, value=ordinal)
cpdef void compare_ordinals(const ordinal[::1] values, ordinal constant, unsigned char less, unsigned char equal, unsigned char greater, unsigned char[::1] mask) except *

@cython.locals(constant_size=Py_ssize_t, row=Py_ssize_t, start=Py_ssize_t, size=Py_ssize_t, shorter=Py_ssize_t, same=Py_ssize_t)
cpdef void compare_spans(const unsigned char[::1] data, const int32_t[::1] offsets, const unsigned char[::1] constant, unsigned char less, unsigned char equal, unsigned char greater, unsigned char[::1] mask) except *

@cython.locals(row=Py_ssize_t)
cpdef void mark(const unsigned char[::1] flags, unsigned char outcome, unsigned char[::1] mask) except *

@cython.locals(taken=Py_ssize_t, row=Py_ssize_t)
cpdef void spread(const unsigned char[::1] results, const unsigned char[::1] flags, unsigned char[::1] mask) except *

@cython.locals(row=Py_ssize_t, either=int)
cpdef void conjunction(unsigned char[::1] mask, const unsigned char[::1] other) except *

@cython.locals(row=Py_ssize_t, either=int)
cpdef void disjunction(unsigned char[::1] mask, const unsigned char[::1] other) except *

@cython.locals(count=Py_ssize_t, start=Py_ssize_t, end=Py_ssize_t, row=Py_ssize_t)
cpdef Py_ssize_t true_rows(const unsigned char* mask, Py_ssize_t size, uint32_t[::1] rows) except? -1

@cython.locals(a=uint64_t, b=uint64_t, c=uint64_t, d=uint64_t, e=uint64_t, f=uint64_t, g=uint64_t, h=uint64_t, word=uint64_t)
cdef bint is_false(const unsigned char* mask, Py_ssize_t row) noexcept

@cython.locals(count=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t keep_true(const unsigned char[::1] outcomes, uint32_t[::1] rows) except? -1

@cython.locals(count=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t keep_marked(const unsigned char[::1] mask, uint32_t[::1] rows) except? -1

@cython.locals(i=Py_ssize_t)
cpdef void take_addresses(const uint64_t[::1] addresses, const uint32_t[::1] rows, uint64_t[::1] taken) except *
