cimport cython
from libc.stdint cimport int32_t, uint64_t
from wasidb_guest.encoding.copying cimport copy_bytes, pointed_to, scatter_cells, scatter_texts

cdef Py_ssize_t ROWS_AT_ONCE

@cython.final
cdef class NewRecords:
    cdef list columns
    cdef readonly Py_ssize_t count, longest
    cdef readonly int32_t[::1] starts
    cdef int32_t[::1] cursors
    cdef bytearray encoded

    @cython.locals(starts=int32_t[::1], fixed=Py_ssize_t, longest=Py_ssize_t, i=Py_ssize_t, length=Py_ssize_t, column=RecordColumn)
    cdef Py_ssize_t measure(self) except? -1
    @cython.locals(first=Py_ssize_t, last=Py_ssize_t, row=Py_ssize_t)
    cpdef bytearray stored(self)
    @cython.locals(first=Py_ssize_t, page_size=Py_ssize_t, starts=int32_t[::1], out=cython.p_uchar, size=Py_ssize_t, slot=Py_ssize_t)
    cpdef Py_ssize_t place(self, object page, Py_ssize_t offset, Py_ssize_t stride, Py_ssize_t row, uint64_t page_number, uint64_t[::1] addresses) except? -1
    cdef void begin(self, unsigned char* out, Py_ssize_t at, Py_ssize_t row) noexcept
    @cython.locals(column=RecordColumn)
    cdef void write(self, unsigned char* out, Py_ssize_t first, Py_ssize_t last) except *

@cython.final
cdef class RecordColumn:
    cdef object source
    cdef const unsigned char* raw
    cdef Py_ssize_t size, width
    cdef bint nullable, has_null
    cdef const int32_t[::1] offsets
    cdef const unsigned char[::1] validity

    @cython.locals(flag=Py_ssize_t, width=Py_ssize_t, i=Py_ssize_t, size=Py_ssize_t)
    cdef Py_ssize_t measure(self, int32_t[::1] starts, Py_ssize_t count) except? -1
    cdef bint is_valid(self, Py_ssize_t row) except -1
    @cython.locals(i=Py_ssize_t)
    cdef void put(self, unsigned char* out, int32_t[::1] cursors, Py_ssize_t first, Py_ssize_t last) except *
    @cython.locals(i=Py_ssize_t, at=Py_ssize_t, is_valid=bint, start=Py_ssize_t, size=Py_ssize_t)
    cdef void put_some(self, unsigned char* out, int32_t[::1] cursors, Py_ssize_t first, Py_ssize_t last) except *

cdef void put_length(unsigned char* out, Py_ssize_t at, Py_ssize_t length) noexcept
