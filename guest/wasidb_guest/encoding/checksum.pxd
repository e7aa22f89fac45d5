cimport cython
from libc.stdint cimport uint32_t

cdef Py_ssize_t SLICED_MIN

@cython.locals(at=Py_ssize_t, end=Py_ssize_t)
cpdef uint32_t advance(const uint32_t[::1] tables, const unsigned char[::1] data, uint32_t crc) except? 1
