cimport cython
from libc.stdint cimport int32_t, uint64_t

cdef unsigned char MORE_LOW, MORE_HIGH
cdef Py_ssize_t WORD_SIZE
cdef uint64_t HIGH_BITS

@cython.locals(whole=Py_ssize_t)
cpdef Py_ssize_t first_not_utf8(object data, object offsets) except? -2

@cython.locals(bits=uint64_t, at=Py_ssize_t)
cdef bint is_ascii(const uint64_t[::1] words, const unsigned char[::1] rest) except -1

@cython.locals(row=Py_ssize_t)
cdef Py_ssize_t first_unsound(const unsigned char[::1] data, const int32_t[::1] offsets) except? -2

@cython.locals(first=cython.uchar, low=cython.uchar, high=cython.uchar, more=Py_ssize_t, behind=Py_ssize_t)
cdef bint is_utf8(const unsigned char[::1] data, Py_ssize_t at, Py_ssize_t end) except -1
