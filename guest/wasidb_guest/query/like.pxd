cimport cython
from libc.stdint cimport int32_t, uint16_t, uint64_t

cdef int ANY_RUN, ANY_CHARACTER, PATTERN_END
cdef Py_ssize_t WORD_SIZE
cdef uint64_t EVERY_BYTE, HIGH_BITS

@cython.locals(count=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t, length=Py_ssize_t, first=uint64_t, last=uint64_t, row=Py_ssize_t)
cpdef void mark_containing(const unsigned char* text, Py_ssize_t size, const int32_t[::1] offsets, const unsigned char[::1] piece, unsigned char[::1] mask) except *

@cython.locals(every_byte=uint64_t, high_bits=uint64_t, firsts=uint64_t, lasts=uint64_t, differ=uint64_t, equal=uint64_t)
cdef Py_ssize_t skip_words(const unsigned char* text, Py_ssize_t at, Py_ssize_t end, uint64_t first, uint64_t last, Py_ssize_t to_last) noexcept

@cython.locals(a=uint64_t, b=uint64_t, c=uint64_t, d=uint64_t, e=uint64_t, f=uint64_t, g=uint64_t, h=uint64_t)
cdef uint64_t word_at(const unsigned char* text, Py_ssize_t at) noexcept

@cython.locals(same=Py_ssize_t)
cdef bint is_at(const unsigned char* text, Py_ssize_t at, const unsigned char[::1] piece) except -1

@cython.locals(row=Py_ssize_t)
cpdef void match_marked(const unsigned char[::1] text, const int32_t[::1] offsets, const uint16_t[::1] tokens, unsigned char[::1] mask) except *

@cython.locals(count=Py_ssize_t, at=Py_ssize_t, token=Py_ssize_t, retry_at=Py_ssize_t, retry_token=Py_ssize_t, wanted=int)
cdef bint matches(const unsigned char[::1] text, Py_ssize_t start, Py_ssize_t end, const uint16_t[::1] tokens) except -1

cdef Py_ssize_t character_end(const unsigned char[::1] text, Py_ssize_t at, Py_ssize_t end) except? -1

cdef Py_ssize_t first_place(const unsigned char[::1] text, Py_ssize_t at, Py_ssize_t end, int wanted) except? -1
