cimport cython
from libc.stdint cimport int32_t, uint64_t
from wasidb_guest.encoding.copying cimport copy_bytes
from wasidb_guest.encoding.json_numbers cimport print_column
from wasidb_guest.encoding.json_rows cimport JsonText, VectorCells, is_plain, put_cells
from wasidb_guest.encoding.text_forms cimport print_one

cdef int DATE, DECIMAL, INT8, INT64, JSON, TEXT, UINT8, UINT64, UUID
cdef unsigned char QUOTE, COMMA
cdef Py_ssize_t INTEGER_SIZE_MAX, FORM_SIZE_MAX, TEXT_FRAME_SIZE, NULL_SIZE
cdef bytes NULL

@cython.locals(tag=int)
cpdef void put_column(JsonText text, VectorCells cells, Py_ssize_t first, Py_ssize_t last) except *

@cython.locals(out="unsigned char*", end=Py_ssize_t, row=Py_ssize_t, stop=Py_ssize_t)
cdef int put_integers(JsonText text, VectorCells cells, Py_ssize_t first, Py_ssize_t last) except -1

@cython.locals(out="unsigned char*", end=Py_ssize_t, start=Py_ssize_t, stop=Py_ssize_t, limit=Py_ssize_t, row=Py_ssize_t)
cdef int put_texts(JsonText text, VectorCells cells, Py_ssize_t first, Py_ssize_t last) except -1

@cython.locals(out="unsigned char*", end=Py_ssize_t, row=Py_ssize_t)
cdef int put_forms(JsonText text, VectorCells cells, Py_ssize_t first, Py_ssize_t last) except -1

@cython.locals(i=Py_ssize_t)
cdef Py_ssize_t put_null(unsigned char* out, Py_ssize_t end) except? -1
