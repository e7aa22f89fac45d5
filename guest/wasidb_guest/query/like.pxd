# wasm: -msimd128
cimport cython
from libc.stdint cimport int32_t

cdef int ANY_RUN, ANY_CHARACTER
cdef Py_ssize_t BLOCK_SIZE

@cython.locals(head_size=Py_ssize_t, tail_size=Py_ssize_t, count=Py_ssize_t, heads=cython.p_uchar, tokens=cython.p_uchar, tails=cython.p_uchar, row=Py_ssize_t, start=Py_ssize_t, end=Py_ssize_t)
cpdef void mark_matching(const unsigned char* text, Py_ssize_t size, const int32_t[::1] offsets, bytes head, bytes middle, bytes tail, unsigned char[::1] mask) except *

@cython.locals(end=Py_ssize_t, at=Py_ssize_t, tokens=cython.p_uchar, wanted=cython.p_uchar, length=Py_ssize_t, count=Py_ssize_t, first=cython.uchar, last=cython.uchar, row=Py_ssize_t, start=Py_ssize_t, text_end=Py_ssize_t)
cpdef void mark_containing(const unsigned char* text, Py_ssize_t size, const int32_t[::1] offsets, bytes pattern, bytes piece, Py_ssize_t behind, unsigned char[::1] mask) except *

@cython.locals(place=Py_ssize_t)
cdef Py_ssize_t next_candidate(const unsigned char* text, Py_ssize_t at, Py_ssize_t end, unsigned char first, unsigned char last, Py_ssize_t to_last) noexcept

@cython.locals(most_left=cython.uchar, i=Py_ssize_t, differ=cython.uchar, left=cython.uchar)
cdef Py_ssize_t first_candidate(const unsigned char* text, Py_ssize_t at, unsigned char first, unsigned char last, Py_ssize_t to_last) noexcept

@cython.locals(same=Py_ssize_t)
cdef bint is_at(const unsigned char* text, Py_ssize_t at, const unsigned char* piece, Py_ssize_t length) noexcept

@cython.locals(at=Py_ssize_t, retry_at=Py_ssize_t, retry_token=Py_ssize_t, wanted=int)
cdef bint matches(const unsigned char* text, Py_ssize_t start, Py_ssize_t end, const unsigned char* tokens, Py_ssize_t token, Py_ssize_t count) noexcept

cdef Py_ssize_t first_place(const unsigned char* text, Py_ssize_t at, Py_ssize_t end, int wanted) noexcept

cdef Py_ssize_t character_end(const unsigned char* text, Py_ssize_t at, Py_ssize_t end) noexcept
