cimport cython
from wasidb_guest.encoding.copying cimport copy_bytes

cdef int NULL
cdef Py_ssize_t NULL_SIZE, ENTRY_OVERHEAD

@cython.locals(cells=list, size=Py_ssize_t, column=Py_ssize_t, record=bytearray, out=cython.p_uchar, at=Py_ssize_t)
cpdef bytearray record_of(object vectors, const unsigned char* nullable)

@cython.locals(cells=list, size=Py_ssize_t, column=Py_ssize_t, entry=bytearray, out=cython.p_uchar, at=Py_ssize_t, front=Py_ssize_t, field=Py_ssize_t)
cpdef bytearray entry_of(object vectors, list prefixes, const unsigned char* size_fields)

@cython.locals(raw=cython.p_uchar, page_size=Py_ssize_t, end=Py_ssize_t, vectors=list, column=Py_ssize_t, is_null=bint, width=Py_ssize_t, is_variable=bint)
cpdef list columns_of(object page, Py_ssize_t at, list types, const unsigned char* nullable)

@cython.locals(start=Py_ssize_t, end=Py_ssize_t, size=Py_ssize_t)
cdef object cell_of(object vector)

@cython.locals(offsets=bytearray, out=cython.p_uchar)
cdef object offsets_to(Py_ssize_t size)

cdef void put_u16(unsigned char* out, Py_ssize_t at, Py_ssize_t value) noexcept
