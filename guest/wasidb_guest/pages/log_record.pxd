cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t
from wasidb_guest.encoding.checksum cimport advance
from wasidb_guest.encoding.copying cimport copy_bytes
from wasidb_guest.pages.difference cimport find_differences
from wasidb_guest.pages.dirty_lines cimport count_lines

cdef Py_ssize_t COMPARED_MIN, BODY_AT, PATCHES_AT, PATCH_SIZE, WORD_SIZE, GAP_WORDS, LINE_SIZE, LINE_COUNT, LINE_PATCHES, RANGES_SIZE, ROOM, COPIED_MAX, PIECE_SIZE, GROWTH, PAGE_SIZE, JOINED_MAX

@cython.final
cdef class LogRecord:
    cdef list pieces
    cdef bytearray first, content
    cdef unsigned char* raw
    cdef Py_ssize_t size, ended
    cdef uint32_t checksum
    cdef int32_t[::1] ranges
    cdef const uint64_t[::1] before, after

    @cython.locals(place=Py_ssize_t)
    cpdef Py_ssize_t add_pages(self, list numbers, Py_ssize_t first, object changed, object before, object after) except? -1
    @cython.locals(dirty=cython.p_const_uchar, page=cython.p_uchar, first=Py_ssize_t, last=Py_ssize_t, start=Py_ssize_t, end=Py_ssize_t, is_compared=bint)
    cpdef void add(self, uint32_t number, bytearray lines, object before, object after) except *
    @cython.locals(page=cython.p_uchar, i=Py_ssize_t, start=Py_ssize_t, end=Py_ssize_t, maybe_zeros=bint)
    cpdef void add_spans(self, uint32_t number, const int32_t[::1] starts, const int32_t[::1] ends, object after) except *
    @cython.locals(i=Py_ssize_t, start=Py_ssize_t, end=Py_ssize_t)
    cpdef void add_zeros(self, uint32_t number, const int32_t[::1] starts, const int32_t[::1] ends) except *
    cdef void put_span(self, uint32_t number, const unsigned char* page, Py_ssize_t start, Py_ssize_t end, bint maybe_zeros) except *
    @cython.locals(room=Py_ssize_t)
    cdef void reserve(self, Py_ssize_t size) except *
    @cython.locals(content=bytearray, begin=Py_ssize_t)
    cdef void end_piece(self) except *
    @cython.locals(first=Py_ssize_t, last=Py_ssize_t, ranges=int32_t[::1], found=Py_ssize_t, i=Py_ssize_t)
    cdef void compare(self, uint32_t number, const unsigned char* page, Py_ssize_t start, Py_ssize_t end) except *
    @cython.locals(is_zero=bint)
    cdef void put_patch(self, uint32_t number, const unsigned char* page, Py_ssize_t start, Py_ssize_t end, bint maybe_zeros) noexcept
    @cython.locals(out=cython.p_uchar, at=Py_ssize_t, last=Py_ssize_t)
    cdef void put_head(self, uint32_t number, Py_ssize_t start, Py_ssize_t end, bint is_zero) noexcept
    cpdef list take_pieces(self)
    cpdef list finish(self)

@cython.locals(at=Py_ssize_t)
cdef bint has_zeros(const unsigned char* page, Py_ssize_t start, Py_ssize_t end) noexcept
