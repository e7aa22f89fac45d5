cimport cython
from wasidb_guest.encoding.copying cimport copy_bytes

cdef int NULL
cdef Py_ssize_t NULL_SIZE, ENTRY_OVERHEAD

@cython.locals(size=Py_ssize_t, column=Py_ssize_t, record=bytearray, out=cython.p_uchar, at=Py_ssize_t)
cpdef bytearray record_of(list cells, const unsigned char* widths, const unsigned char* nullable)

@cython.locals(size=Py_ssize_t, column=Py_ssize_t)
cpdef Py_ssize_t size_of(list cells) except -1

@cython.locals(size=Py_ssize_t, column=Py_ssize_t, entry=bytearray, out=cython.p_uchar, at=Py_ssize_t, front=Py_ssize_t, field=Py_ssize_t)
cpdef bytearray entry_of(list cells, list prefixes, const unsigned char* size_fields)

@cython.locals(raw=cython.p_uchar, page_size=Py_ssize_t, end=Py_ssize_t, cells=list, column=Py_ssize_t, width=Py_ssize_t)
cpdef list cells_at(object page, Py_ssize_t at, bytes widths, const unsigned char* nullable)

@cython.locals(start=Py_ssize_t, end=Py_ssize_t, size=Py_ssize_t)
cpdef object cell_of(object vector)

cpdef object column_of(object cell, object data_type)

@cython.locals(offsets=bytearray, out=cython.p_uchar)
cdef object offsets_to(Py_ssize_t size)

cdef void put_u16(unsigned char* out, Py_ssize_t at, Py_ssize_t value) noexcept
