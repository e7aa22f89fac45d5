cimport cython
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cdef uint32_t NO_NUMBER, NO_ROW

ctypedef fused ordinal:
    int64_t
    uint64_t

@cython.locals(row=Py_ssize_t, value=ordinal, low=ordinal, high=ordinal)
cpdef void find_ends(const ordinal[::1] values, ordinal[::1] ends) except *

@cython.locals(count=uint32_t, null_number=uint32_t, has_nulls=bint, row=Py_ssize_t, place=Py_ssize_t, entry=uint32_t)
cpdef Py_ssize_t number_narrow(const ordinal[::1] values, const unsigned char[::1] flags, ordinal low, int32_t[::1] places, uint32_t[::1] first, uint32_t[::1] numbers) except? -1

@cython.locals(count=uint32_t, i=Py_ssize_t, row=uint32_t, place=uint32_t, entry=uint32_t)
cpdef Py_ssize_t number_picked(const uint32_t[::1] known, const uint32_t[::1] rows, uint32_t null_number, int32_t[::1] places, uint32_t[::1] first, uint32_t[::1] numbers) except? -1

@cython.locals(has_nulls=bint, place_count=Py_ssize_t, row=Py_ssize_t, distance=int64_t, entry=uint32_t)
cpdef void find_narrow(const ordinal[::1] values, const unsigned char[::1] flags, ordinal low, const int32_t[::1] places, uint32_t null_number, uint32_t[::1] numbers) except *

@cython.locals(row=Py_ssize_t)
cpdef void pair_numbers(const uint32_t[::1] left, const uint32_t[::1] right, int64_t right_count, int64_t[::1] pairs) except *
