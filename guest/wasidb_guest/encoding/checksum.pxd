cimport cython
from libc.stdint cimport uint32_t, uint64_t

cdef Py_ssize_t SLICED_MIN, SLICE_SIZE, FOLDED_MIN, WORD_SIZE, BLOCK_WORDS, REACH
cdef uint32_t[4096] TABLES
cdef uint64_t[721] WORDS
cdef unsigned char[1672] TAIL

@cython.locals(folded_end=Py_ssize_t, sliced_end=Py_ssize_t, first=uint32_t, second=uint32_t, third=uint32_t, fourth=uint32_t)
cpdef uint32_t advance(const unsigned char* data, Py_ssize_t at, Py_ssize_t end, uint32_t crc) noexcept

@cython.locals(words=cython.p_ulonglong, tail=cython.p_uchar, i=Py_ssize_t, byte=Py_ssize_t, word=uint64_t)
cdef uint32_t fold(const unsigned char* data, Py_ssize_t at, Py_ssize_t end, uint32_t crc) noexcept

@cython.locals(low=uint32_t, high=uint32_t)
cdef uint32_t u32_at(const unsigned char* data, Py_ssize_t at) noexcept

@cython.locals(a=uint64_t, b=uint64_t, c=uint64_t, d=uint64_t, e=uint64_t, f=uint64_t, g=uint64_t, h=uint64_t)
cdef uint64_t u64_at(const unsigned char* data, Py_ssize_t at) noexcept
