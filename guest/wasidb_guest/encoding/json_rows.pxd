cimport cython
from libc.stdint cimport int32_t, uint64_t
from wasidb_guest.encoding.copying cimport copy_bytes, pointed_to
from wasidb_guest.encoding.json_floats cimport print_float
from wasidb_guest.encoding.json_numbers cimport print_number
from wasidb_guest.encoding.keys cimport is_integer
from wasidb_guest.encoding.text_forms cimport print_one

cdef int BOOLEAN, DATE, DECIMAL, INT64, JSON, TEXT
cdef int UUID, FLOAT32, FLOAT64, NESTED
cdef unsigned char QUOTE, COMMA, MINUS, ARRAY, BACKSLASH, ARRAY_END, ZERO, SMALL_U
cdef Py_ssize_t FIRST_SIZE, KEPT_SIZE_MAX, ESCAPED_SIZE_MAX, CELL_SIZE_MAX, PRINTED_SIZE_MAX
cdef bytes SHORT_ESCAPES, HEX_DIGITS
cdef Py_ssize_t WORD_SIZE
cdef uint64_t WORD, ONES, HIGH_BITS, SPACES, QUOTES, BACKSLASHES

@cython.final
cdef class StoredBytes:
    cdef const unsigned char[::1] bytes
    cdef const unsigned char* raw
    cdef Py_ssize_t size

@cython.final
cdef class JsonText:
    cdef bytearray out
    cdef unsigned char[::1] text
    cdef unsigned char* raw
    cdef Py_ssize_t room
    cdef readonly Py_ssize_t size

    cpdef str decode(self)
    cpdef void clear(self) except *
    cdef int take_room(self, bytearray room) except -1
    @cython.locals(size=Py_ssize_t)
    cpdef void put(self, bytes written) except *
    cdef int reserve(self, Py_ssize_t size) except -1
    @cython.locals(grown=bytearray)
    cdef int grow(self, Py_ssize_t size) except -1
    cdef int separate(self) except -1
    cdef int put_comma(self) except -1
    cpdef int open_row(self) except -1
    cpdef int close_row(self) except -1
    cdef void put_byte(self, unsigned char character) noexcept
    cdef int put_null(self) except -1
    cdef int put_cell(self, int tag, Py_ssize_t width, StoredBytes source, Py_ssize_t at, Py_ssize_t length) except -1

    @cython.locals(end=Py_ssize_t)
    cdef int put_text(self, StoredBytes source, Py_ssize_t at, Py_ssize_t length) except -1

    cdef int put_integer(self, StoredBytes source, Py_ssize_t at, Py_ssize_t width, bint is_signed) except -1

@cython.final
cdef class RecordRows:
    cdef const int32_t[::1] layout
    cdef const int32_t[::1] order
    cdef int32_t[::1] starts
    cdef int32_t[::1] ends

    @cython.locals(damage=Py_ssize_t, i=Py_ssize_t, column=Py_ssize_t, tag=int, width=Py_ssize_t, start=Py_ssize_t, length=Py_ssize_t, end=Py_ssize_t)
    cpdef Py_ssize_t put(self, JsonText text, StoredBytes page, Py_ssize_t at) except? -1

    @cython.locals(size=Py_ssize_t, length=Py_ssize_t, end=Py_ssize_t, column=Py_ssize_t, width=Py_ssize_t)
    cdef Py_ssize_t locate(self, StoredBytes page, Py_ssize_t at) except? -1

@cython.final
cdef class VectorCells:
    cdef int tag
    cdef Py_ssize_t width
    cdef StoredBytes source
    cdef const int32_t[::1] offsets
    cdef const unsigned char[::1] flags
    cdef bint has_null

    @cython.locals(start=Py_ssize_t)
    cdef int put(self, JsonText text, Py_ssize_t row) except -1

@cython.locals(row=Py_ssize_t, i=Py_ssize_t, cells=VectorCells)
cpdef void put_rows(JsonText text, list columns, Py_ssize_t first, Py_ssize_t last) except *

@cython.locals(row=Py_ssize_t, cells=VectorCells)
cpdef void put_cells(JsonText text, list columns, Py_ssize_t first, Py_ssize_t last) except *

@cython.locals(word=uint64_t, plain=Py_ssize_t)
cdef Py_ssize_t write_text(StoredBytes source, Py_ssize_t at, Py_ssize_t stop, unsigned char* out, Py_ssize_t end) noexcept

cdef Py_ssize_t write_escape(unsigned char character, unsigned char* out, Py_ssize_t end) noexcept

@cython.locals(value=uint64_t, half=uint64_t)
cdef Py_ssize_t write_integer(StoredBytes source, Py_ssize_t at, Py_ssize_t width, bint is_signed, unsigned char* out, Py_ssize_t end) noexcept

@cython.locals(value=uint64_t, i=Py_ssize_t)
cpdef uint64_t word_at(StoredBytes source, Py_ssize_t at) noexcept

@cython.locals(unused=int)
cpdef uint64_t integer_at(StoredBytes source, Py_ssize_t at, Py_ssize_t width) noexcept

@cython.locals(i=int)
cdef void put_word(unsigned char* out, Py_ssize_t at, uint64_t word) noexcept

@cython.locals(low=uint64_t, found=uint64_t, count=Py_ssize_t)
cpdef Py_ssize_t plain_bytes(uint64_t word) noexcept

cpdef bint is_plain(StoredBytes source, Py_ssize_t start, Py_ssize_t stop) except -1
