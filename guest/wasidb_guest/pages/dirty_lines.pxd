cimport cython
from libc.stdint cimport int32_t

cdef Py_ssize_t PAGE_SIZE, LINE_SIZE, SET_SIZE

cpdef bytearray lines_of(dict dirty, object number)

@cython.locals(lines=bytearray, mask=cython.p_uchar, line=Py_ssize_t, past=Py_ssize_t)
cpdef void add_range(dict dirty, object number, Py_ssize_t start, Py_ssize_t end) except *

@cython.locals(mask=cython.p_uchar, i=Py_ssize_t, start=Py_ssize_t, end=Py_ssize_t, line=Py_ssize_t)
cpdef void add_spans(bytearray lines, const int32_t[::1] starts, const int32_t[::1] ends) except *

@cython.locals(mask=cython.p_uchar, added=cython.p_uchar, i=Py_ssize_t)
cpdef void add_lines(bytearray lines, bytearray others) except *

@cython.locals(mask=cython.p_uchar, count=Py_ssize_t, i=Py_ssize_t, bits=int)
cpdef Py_ssize_t count_lines(bytearray lines) except -1
