cimport cython
from libc.stdint cimport int32_t, int64_t
from wasidb_guest.encoding.records cimport pack_flags

cdef Py_ssize_t PLAIN_SIZE_MAX, PLAIN_TEXT_MAX

@cython.locals(column=Py_ssize_t, flags=bytearray)
cpdef list plain_columns(object types, const unsigned char[::1] nullable, list rows)

@cython.locals(data=bytearray, out=cython.p_uchar, at=Py_ssize_t, row=Py_ssize_t, value=int64_t, i=Py_ssize_t)
cdef object plain_integers(object data_type, Py_ssize_t width, int64_t low, int64_t high, list rows, Py_ssize_t column, bytearray flags)

@cython.locals(data=bytearray, row=Py_ssize_t)
cdef object plain_floats(object data_type, list rows, Py_ssize_t column, bytearray flags)

@cython.locals(data=bytearray, row=Py_ssize_t)
cdef object plain_booleans(object data_type, list rows, Py_ssize_t column, bytearray flags)

@cython.locals(pieces=list, ends=int32_t[::1], end=Py_ssize_t, size=Py_ssize_t, row=Py_ssize_t)
cdef object plain_texts(object data_type, list rows, Py_ssize_t column, bytearray flags)
