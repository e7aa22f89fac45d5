cimport cython
from libc.stdint cimport int32_t

cpdef tuple pointed_to(object data)

@cython.locals(i=Py_ssize_t)
cpdef void copy_bytes(const unsigned char* source, Py_ssize_t start, Py_ssize_t size, unsigned char* out, Py_ssize_t at) noexcept

@cython.locals(i=Py_ssize_t)
cpdef void move_up(unsigned char* out, Py_ssize_t start, Py_ssize_t size, Py_ssize_t at) noexcept

@cython.locals(a=cython.uchar, b=cython.uchar, c=cython.uchar, d=cython.uchar, e=cython.uchar, f=cython.uchar, g=cython.uchar, h=cython.uchar)
cdef void copy_eight(const unsigned char* source, Py_ssize_t start, unsigned char* out, Py_ssize_t at) noexcept

@cython.locals(a=cython.uchar, b=cython.uchar, c=cython.uchar, d=cython.uchar)
cdef void copy_four(const unsigned char* source, Py_ssize_t start, unsigned char* out, Py_ssize_t at) noexcept

@cython.locals(i=Py_ssize_t, at=Py_ssize_t)
cpdef void scatter_cells(const unsigned char* source, Py_ssize_t width, Py_ssize_t first, Py_ssize_t last, unsigned char* out, int32_t[::1] cursors) except *

@cython.locals(i=Py_ssize_t, start=Py_ssize_t, at=Py_ssize_t, size=Py_ssize_t)
cpdef void scatter_texts(const unsigned char* source, const int32_t[::1] offsets, Py_ssize_t first, Py_ssize_t last, unsigned char* out, int32_t[::1] cursors) except *

@cython.locals(i=Py_ssize_t)
cpdef void spread_cells(const unsigned char* source, Py_ssize_t width, Py_ssize_t count, unsigned char* out, Py_ssize_t at, Py_ssize_t step) noexcept

@cython.locals(i=Py_ssize_t)
cpdef void copy_pieces(const unsigned char* source, Py_ssize_t size, const int32_t[::1] order, unsigned char* out) except *
