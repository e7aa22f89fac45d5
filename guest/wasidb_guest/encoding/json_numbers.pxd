cimport cython
from libc.stdint cimport uint64_t

cdef Py_ssize_t NUMBER_SIZE_MAX, WORD_DIGITS, HALF_DIGITS
cdef int HALF_BITS
cdef unsigned char COMMA, MINUS
cdef uint64_t WORD, HALF_MASK, HUNDREDTH, TENTH, HUNDREDS_MASK, TENS_MASK, ZEROS

@cython.locals(high=uint64_t)
cpdef Py_ssize_t print_number(uint64_t value, unsigned char* out, Py_ssize_t end) noexcept

@cython.locals(row=Py_ssize_t, value=uint64_t)
cpdef Py_ssize_t print_column(const unsigned char* source, Py_ssize_t width, bint is_signed, Py_ssize_t first, Py_ssize_t last, unsigned char* out, Py_ssize_t end) noexcept

@cython.locals(a=uint64_t, b=uint64_t, c=uint64_t, d=uint64_t, e=uint64_t, f=uint64_t, g=uint64_t, h=uint64_t)
cdef uint64_t eight_at(const unsigned char* source, Py_ssize_t at) noexcept

@cython.locals(value=uint64_t, i=Py_ssize_t)
cdef uint64_t integer_at(const unsigned char* source, Py_ssize_t at, Py_ssize_t width) noexcept

@cython.locals(high=uint64_t, halves=uint64_t, hundreds=uint64_t, pairs=uint64_t, tens=uint64_t)
cdef uint64_t digits_of(uint64_t value) noexcept

@cython.locals(count=Py_ssize_t)
cdef Py_ssize_t put_leading(uint64_t digits, unsigned char* out, Py_ssize_t end) noexcept

@cython.locals(word=uint64_t, i=int)
cdef void put_eight(uint64_t digits, unsigned char* out, Py_ssize_t at) noexcept
