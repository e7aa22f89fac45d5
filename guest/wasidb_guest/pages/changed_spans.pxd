cimport cython
from libc.stdint cimport int32_t

cdef Py_ssize_t PAGE_SIZE, LINE_SIZE, SET_SIZE

@cython.locals(mask=cython.p_uchar, i=Py_ssize_t, start=Py_ssize_t, end=Py_ssize_t, line=Py_ssize_t)
cpdef object lines_of_spans(const int32_t[::1] starts, const int32_t[::1] ends)
