cimport cython
from libc.stdint cimport int32_t, int64_t
from wasidb_guest.encoding.records cimport pack_flags

cdef Py_ssize_t PLAIN_SIZE_MAX, PLAIN_TEXT_MAX
cdef int TEXT, INTEGER, FLOAT, BOOLEAN, NOT_PLAIN

@cython.final
cdef class PlainColumn:
    cdef object type
    cdef bint nullable
    cdef Py_ssize_t width
    cdef int64_t low, high
    cdef int kind

    @cython.locals(count=Py_ssize_t, flags=bytearray)
    cdef object vector(self, list rows, Py_ssize_t place)
    @cython.locals(data=bytearray)
    cdef object cell(self, object value)
    @cython.locals(value=int64_t, i=Py_ssize_t)
    cdef bint put_integer(self, object cell, unsigned char* out, Py_ssize_t at) except -1
    @cython.locals(width=Py_ssize_t, data=bytearray, out=cython.p_uchar, at=Py_ssize_t, row=Py_ssize_t)
    cdef object integers(self, list rows, Py_ssize_t place, unsigned char* flags)
    @cython.locals(data=bytearray, row=Py_ssize_t)
    cdef object floats(self, list rows, Py_ssize_t place, unsigned char* flags)
    @cython.locals(data=bytearray, row=Py_ssize_t)
    cdef object booleans(self, list rows, Py_ssize_t place, unsigned char* flags)
    @cython.locals(pieces=list, piece=bytes, end=Py_ssize_t, row=Py_ssize_t)
    cdef object texts(self, list rows, Py_ssize_t place, unsigned char* flags, int32_t[::1] offsets)

@cython.locals(place=Py_ssize_t, column=PlainColumn, vectors=list)
cpdef list plain_columns(list columns, list rows)

@cython.locals(i=Py_ssize_t)
cdef bint has_zero(const unsigned char* flags, Py_ssize_t count) noexcept

@cython.locals(cells=list, place=Py_ssize_t, column=PlainColumn)
cpdef list plain_row(list columns, list row)

@cython.locals(cell=bytes)
cdef bytes encoded(str text)
