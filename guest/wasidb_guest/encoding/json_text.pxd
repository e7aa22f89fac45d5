cimport cython
from libc.stdint cimport int32_t, uint32_t

cdef unsigned char QUOTE, COMMA, COLON, ARRAY, ARRAY_END, BACKSLASH, OBJECT, OBJECT_END
cdef uint32_t TRUE, NULL, ALSE

@cython.locals(all_valid=bint, row=Py_ssize_t)
cpdef Py_ssize_t check_column(const unsigned char[::1] text, const int32_t[::1] offsets, const unsigned char[::1] flags) except? -2

@cython.locals(depth=Py_ssize_t, where=Py_ssize_t, opener=cython.uchar)
cpdef bint is_json(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end, unsigned char[::1] closers) except? -1

@cython.locals(where=Py_ssize_t)
cdef Py_ssize_t key_end(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end) except? -2

@cython.locals(first=cython.uchar)
cdef Py_ssize_t scalar_end(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end) except? -2

@cython.locals(where=Py_ssize_t, character=cython.uchar)
cdef Py_ssize_t string_end(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end) except? -2

@cython.locals(i=Py_ssize_t, digit=cython.uchar)
cdef Py_ssize_t escape_end(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end) except? -2

@cython.locals(number=uint32_t, i=Py_ssize_t)
cdef uint32_t letters(const unsigned char[::1] text, Py_ssize_t start) except? 0

@cython.locals(where=Py_ssize_t)
cdef Py_ssize_t number_end(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end) except? -2

@cython.locals(where=Py_ssize_t)
cdef Py_ssize_t digits_end(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end) except? -2

cdef Py_ssize_t skip_blanks(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end) except? -2
