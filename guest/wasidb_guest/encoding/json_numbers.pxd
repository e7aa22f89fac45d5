cimport cython
from libc.stdint cimport uint64_t

cdef Py_ssize_t NUMBER_SIZE_MAX, WORD_DIGITS, HALF_DIGITS
cdef int HALF_BITS
cdef uint64_t HALF_MASK, HUNDREDTH, TENTH, HUNDREDS_MASK, TENS_MASK, ZEROS

@cython.locals(high=uint64_t)
cpdef Py_ssize_t print_number(uint64_t value, unsigned char* out, Py_ssize_t end) noexcept

@cython.locals(high=uint64_t, halves=uint64_t, hundreds=uint64_t, pairs=uint64_t, tens=uint64_t)
cdef uint64_t digits_of(uint64_t value) noexcept

@cython.locals(count=Py_ssize_t)
cdef Py_ssize_t put_leading(uint64_t digits, unsigned char* out, Py_ssize_t end) noexcept

@cython.locals(word=uint64_t, i=int)
cdef void put_eight(uint64_t digits, unsigned char* out, Py_ssize_t at) noexcept
