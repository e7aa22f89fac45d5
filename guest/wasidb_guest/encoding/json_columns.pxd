cimport cython
from libc.stdint cimport int32_t, uint64_t
from wasidb_guest.encoding.json_rows cimport JsonText, VectorCells, put_cells
from wasidb_guest.encoding.text_forms cimport print_one

cdef int DATE, DECIMAL, INT8, INT64, JSON, TEXT, UINT8, UINT64, UUID
cdef unsigned char QUOTE, COMMA, MINUS, ZERO, ARRAY, BACKSLASH, FIRST_PRINTABLE
cdef Py_ssize_t INTEGER_SIZE_MAX, FORM_SIZE_MAX, TEXT_FRAME_SIZE, ESCAPE_SIZE, NULL_SIZE
cdef bytes NULL
cdef dict ESCAPES

@cython.locals(tag=int, count=Py_ssize_t, half=uint64_t, start=Py_ssize_t, stop=Py_ssize_t, escapes=Py_ssize_t)
cpdef void put_column(JsonText text, VectorCells cells, Py_ssize_t first, Py_ssize_t last) except *

@cython.locals(has_null=bint, row=Py_ssize_t, i=Py_ssize_t, value=uint64_t)
cdef Py_ssize_t put_integers(const unsigned char[::1] source, Py_ssize_t width, uint64_t half, const unsigned char[::1] flags, Py_ssize_t first, Py_ssize_t last, unsigned char[::1] out, Py_ssize_t end) except? -1

@cython.locals(has_null=bint, row=Py_ssize_t, i=Py_ssize_t)
cdef Py_ssize_t put_texts(const unsigned char[::1] source, const int32_t[::1] offsets, const unsigned char[::1] flags, Py_ssize_t first, Py_ssize_t last, bint has_escapes, unsigned char[::1] out, Py_ssize_t end) except? -1

@cython.locals(has_null=bint, row=Py_ssize_t)
cdef Py_ssize_t put_forms(int tag, const unsigned char[::1] source, Py_ssize_t width, const unsigned char[::1] flags, Py_ssize_t first, Py_ssize_t last, unsigned char[::1] out, Py_ssize_t end) except? -1

cdef Py_ssize_t put_comma(unsigned char[::1] out, Py_ssize_t end) except? -1

@cython.locals(i=Py_ssize_t)
cdef Py_ssize_t put_null(unsigned char[::1] out, Py_ssize_t end) except? -1

@cython.locals(rest=uint64_t, at=Py_ssize_t)
cdef Py_ssize_t put_number(uint64_t value, unsigned char[::1] out, Py_ssize_t end) except? -1

@cython.locals(count=Py_ssize_t, i=Py_ssize_t)
cdef Py_ssize_t count_escapes(const unsigned char[::1] source, Py_ssize_t start, Py_ssize_t stop) except? -1

cdef bint is_escaped(unsigned char character) noexcept

@cython.locals(escape=bytes, i=Py_ssize_t)
cdef Py_ssize_t put_escape(unsigned char character, unsigned char[::1] out, Py_ssize_t end) except? -1
