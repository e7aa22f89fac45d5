cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

cdef uint32_t NO_ROW
cdef int64_t SIZE_MAX
cdef Py_ssize_t WORD_SIZE

ctypedef fused integer:
    uint8_t
    uint16_t
    uint32_t
    uint64_t

@cython.locals(i=Py_ssize_t, row=uint32_t, is_complete=bint)
cpdef bint gather_integers(const integer[::1] data, const uint32_t[::1] rows, integer[::1] out) except? -1

@cython.locals(i=Py_ssize_t, j=Py_ssize_t, row=uint32_t)
cpdef void gather_fixed(const unsigned char[::1] data, Py_ssize_t width, const uint32_t[::1] rows, unsigned char[::1] out) except *

@cython.locals(total=int64_t, i=Py_ssize_t, row=uint32_t)
cpdef int64_t gather_offsets(const int32_t[::1] offsets, const uint32_t[::1] rows, int32_t[::1] out) except? -2

@cython.locals(target=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t, row=uint32_t)
cpdef void gather_variable(const unsigned char* data, Py_ssize_t size, const int32_t[::1] offsets, const uint32_t[::1] rows, unsigned char* out, Py_ssize_t room) except *

@cython.locals(a=uint8_t, b=uint8_t, c=uint8_t, d=uint8_t, e=uint8_t, f=uint8_t, g=uint8_t, h=uint8_t)
cdef void copy_word(const unsigned char* data, Py_ssize_t at, unsigned char* out, Py_ssize_t target) noexcept

@cython.locals(all_valid=bint, i=Py_ssize_t, row=uint32_t)
cpdef void gather_flags(const unsigned char[::1] bitmap, const uint32_t[::1] rows, unsigned char[::1] flags) except *

@cython.locals(total=int64_t, i=Py_ssize_t, row=uint32_t)
cpdef int64_t gathered_size(const int32_t[::1] offsets, const uint32_t[::1] rows) except? -1

@cython.locals(largest=int32_t, row=Py_ssize_t, size=int32_t)
cpdef int32_t largest_size(const int32_t[::1] offsets) except? -1

@cython.locals(i=Py_ssize_t, row=uint32_t)
cpdef void gather_numbers(const uint32_t[::1] numbers, const uint32_t[::1] rows, uint32_t missing, uint32_t[::1] out) except *

@cython.locals(i=Py_ssize_t)
cpdef void append_offsets(const int32_t[::1] offsets, int32_t base, int32_t[::1] out, Py_ssize_t at) except *
