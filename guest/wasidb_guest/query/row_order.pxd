cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t

cdef int VALUE_BITS, BYTE_VALUES
cdef uint64_t BYTE_MAX

@cython.locals(shift=int)
cpdef void sort_rows(uint32_t[::1] rows, const uint64_t[::1] values, uint64_t flip, uint32_t[::1] spare, int32_t[::1] counts) except *

@cython.locals(i=Py_ssize_t, value=uint64_t, shift=int)
cdef void count_bytes(const uint32_t[::1] rows, const uint64_t[::1] values, uint64_t flip, int32_t[::1] counts) except *

@cython.locals(count=Py_ssize_t, first=Py_ssize_t, start=int32_t, at=Py_ssize_t, size=int32_t, i=Py_ssize_t)
cdef void sort_by_byte(uint32_t[::1] rows, const uint64_t[::1] values, uint64_t flip, uint32_t[::1] spare, int32_t[::1] counts, int shift) except *
