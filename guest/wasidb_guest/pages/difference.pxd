cimport cython
from libc.stdint cimport int32_t, uint64_t

cdef Py_ssize_t GAP_WORDS

@cython.locals(count=Py_ssize_t, end=Py_ssize_t, word=Py_ssize_t, reach=Py_ssize_t)
cpdef Py_ssize_t find_differences(const uint64_t[::1] before, const uint64_t[::1] after, Py_ssize_t first, Py_ssize_t last, int32_t[::1] ranges) except? -1
