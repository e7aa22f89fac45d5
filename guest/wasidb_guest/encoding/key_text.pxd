cimport cython
from libc.stdint cimport uint64_t

cdef int INT8, INT64, TEXT, UINT8, UINT64
cdef unsigned char ARRAY, ARRAY_END, QUOTE, BACKSLASH, MINUS, COMMA, ZERO, NINE, SPACE, ONE_COLUMN
cdef Py_ssize_t SIZE_AT, TAG_AT, VALUE_AT, TEXT_AT, TEXT_SIZE_MAX, DIGITS_MAX
cdef uint64_t WORD
cdef bytes NULL_TEXT

@cython.final
cdef class KeyText:
    cdef bint is_text, is_signed, is_integer
    cdef int width
    cdef bytearray out
    cdef unsigned char* raw

    @cython.locals(source=bytes, size=Py_ssize_t, end=Py_ssize_t)
    cpdef bytes key(self, str text)

    @cython.locals(source=bytes, last=Py_ssize_t, cells=bytearray, raw=cython.p_const_uchar, out=cython.p_uchar, to=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t)
    cpdef bytearray cells(self, str text)

    @cython.locals(is_negative=bint, count=Py_ssize_t, value=uint64_t, most=uint64_t, digit=cython.uchar, i=Py_ssize_t)
    cdef bint write_integer(self, const unsigned char* source, Py_ssize_t at, Py_ssize_t end, unsigned char* out, Py_ssize_t to) except -1

    @cython.locals(size=Py_ssize_t, character=cython.uchar, i=Py_ssize_t)
    cdef Py_ssize_t put_text(self, bytes source, Py_ssize_t at, Py_ssize_t end) except -1
