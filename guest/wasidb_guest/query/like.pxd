cimport cython
from libc.stdint cimport int32_t, uint16_t

cdef int ANY_RUN, ANY_CHARACTER, PATTERN_END

@cython.locals(row=Py_ssize_t)
cpdef void match_column(const unsigned char[::1] text, const int32_t[::1] offsets, const uint16_t[::1] tokens, unsigned char[::1] mask) except *

@cython.locals(count=Py_ssize_t, at=Py_ssize_t, token=Py_ssize_t, retry_at=Py_ssize_t, retry_token=Py_ssize_t, wanted=int)
cdef bint matches(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end, const uint16_t[::1] tokens) except -1

cdef Py_ssize_t character_end(const unsigned char[::1] text, Py_ssize_t at, Py_ssize_t end) except? -1

cdef Py_ssize_t first_place(const unsigned char[::1] text, Py_ssize_t at, Py_ssize_t end, int wanted) except? -1
