cimport cython
from libc.stdint cimport int32_t, uint64_t

cdef int BYTE_VALUES, ADDRESS_BITS
cdef uint64_t BYTE_MAX

@cython.locals(shift=int, count=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t sort_addresses(uint64_t[::1] addresses, uint64_t[::1] spare, int32_t[::1] counts) except? -1

@cython.locals(i=Py_ssize_t)
cdef Py_ssize_t ascending_count(const uint64_t[::1] addresses) except? -1

@cython.locals(count=Py_ssize_t, value=Py_ssize_t, i=Py_ssize_t, start=int32_t, size=int32_t)
cdef void sort_by_byte(uint64_t[::1] addresses, uint64_t[::1] spare, int32_t[::1] counts, int shift) except *
