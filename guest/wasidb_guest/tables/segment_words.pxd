cimport cython
from libc.stdint cimport uint32_t, uint64_t

cdef Py_ssize_t PAGE_SIZE

cpdef uint64_t word(uint64_t offset, uint64_t size, uint64_t place) except? 0

@cython.locals(at=Py_ssize_t, slot=Py_ssize_t, page=uint32_t, offset=uint32_t, size=uint32_t)
cpdef Py_ssize_t read_segments(const unsigned char[::1] table, Py_ssize_t count, Py_ssize_t first_place, dict words) except? -1

@cython.locals(index=Py_ssize_t)
cpdef Py_ssize_t first_of_size(const uint64_t[::1] words, uint64_t size) except? -1

cdef uint32_t u16_at(const unsigned char[::1] table, Py_ssize_t at) except? 0
