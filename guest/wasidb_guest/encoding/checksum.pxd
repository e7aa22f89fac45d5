cimport cython
from libc.stdint cimport uint32_t

cdef Py_ssize_t SLICED_MIN, SLICE_SIZE
cdef uint32_t[4096] TABLES

@cython.locals(sliced_end=Py_ssize_t, first=uint32_t, second=uint32_t, third=uint32_t, fourth=uint32_t)
cpdef uint32_t advance(const unsigned char* data, Py_ssize_t at, Py_ssize_t end, uint32_t crc) noexcept

@cython.locals(low=uint32_t, high=uint32_t)
cdef uint32_t u32_at(const unsigned char* data, Py_ssize_t at) noexcept
