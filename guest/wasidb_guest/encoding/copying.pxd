cimport cython

cpdef tuple pointed_to(object data)

@cython.locals(i=Py_ssize_t)
cpdef void copy_bytes(const unsigned char* source, Py_ssize_t start, Py_ssize_t size, unsigned char* out, Py_ssize_t at) noexcept

@cython.locals(a=cython.uchar, b=cython.uchar, c=cython.uchar, d=cython.uchar, e=cython.uchar, f=cython.uchar, g=cython.uchar, h=cython.uchar)
cdef void copy_eight(const unsigned char* source, Py_ssize_t start, unsigned char* out, Py_ssize_t at) noexcept

@cython.locals(a=cython.uchar, b=cython.uchar, c=cython.uchar, d=cython.uchar)
cdef void copy_four(const unsigned char* source, Py_ssize_t start, unsigned char* out, Py_ssize_t at) noexcept
