cimport cython
from libc.stdint cimport int32_t
from wasidb_guest.encoding.copying cimport copy_bytes, pointed_to

@cython.locals(column=Py_ssize_t, longest=Py_ssize_t, i=Py_ssize_t, length=Py_ssize_t)
cpdef Py_ssize_t measure_rows(object vectors, const unsigned char[::1] nullable, Py_ssize_t count, int32_t[::1] starts) except? -1

@cython.locals(i=Py_ssize_t, size=Py_ssize_t)
cdef void measure_column(int32_t[::1] starts, Py_ssize_t count, Py_ssize_t width, bint nullable, const int32_t[::1] offsets, const unsigned char[::1] validity) except *

@cython.locals(out=cython.p_uchar, room=Py_ssize_t, size=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t, length=Py_ssize_t, column=Py_ssize_t, is_nullable=bint)
cpdef void put_rows(object vectors, const unsigned char[::1] nullable, Py_ssize_t count, const int32_t[::1] starts, object records, int32_t[::1] cursors) except *

@cython.locals(valid=bint, i=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t)
cdef void put_fixed(unsigned char* records, Py_ssize_t room, int32_t[::1] cursors, Py_ssize_t count, const unsigned char* data, Py_ssize_t size, Py_ssize_t width, bint nullable, const unsigned char[::1] validity) except *

@cython.locals(valid=bint, i=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t, start=Py_ssize_t, length=Py_ssize_t)
cdef void put_variable(unsigned char* records, Py_ssize_t room, int32_t[::1] cursors, Py_ssize_t count, const unsigned char* data, Py_ssize_t size, const int32_t[::1] offsets, bint nullable, const unsigned char[::1] validity) except *
