cimport cython
from libc.stdint cimport int64_t, uint64_t

ctypedef fused ordinal:
    int64_t
    uint64_t

@cython.locals(size=Py_ssize_t, row=Py_ssize_t, at=Py_ssize_t)
cpdef void keep_first(const ordinal[::1] values, bint is_descending, ordinal[::1] heap) except *

@cython.locals(size=Py_ssize_t, child=Py_ssize_t, value=ordinal)
cdef void sift_down(ordinal[::1] heap, Py_ssize_t at, bint is_descending) except *
