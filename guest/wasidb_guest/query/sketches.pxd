cimport cython
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t, uint64_t

ctypedef fused ordinal:
    int8_t
    int16_t
    int32_t
    int64_t
    uint8_t
    uint16_t
    uint32_t
    uint64_t

cdef uint64_t ONES, HIGH_BITS

@cython.locals(row=Py_ssize_t, low=ordinal, high=ordinal, value=ordinal)
cpdef tuple extremes(const ordinal[::1] values)

@cython.locals(row=Py_ssize_t, code=int)
cpdef void put_codes(const ordinal[::1] values, ordinal lowest, int shift, unsigned char* codes) except *

cdef int code_of(uint64_t value, uint64_t lowest, int shift) noexcept

@cython.locals(low_code=int, high_code=int, candidates=Py_ssize_t, count=Py_ssize_t, first=Py_ssize_t, last=Py_ssize_t, kept=uint64_t, i=Py_ssize_t, row=Py_ssize_t, code=int, value=ordinal, is_within=uint64_t)
cpdef Py_ssize_t rows_within(const ordinal[::1] values, const unsigned char* codes, ordinal lowest, int shift, ordinal low, ordinal high, uint32_t[::1] rows) except? -1

@cython.locals(to_low=uint64_t, to_high=uint64_t, count=Py_ssize_t, start=Py_ssize_t, word=uint64_t, found=uint64_t, row=Py_ssize_t, code=int)
cdef Py_ssize_t rows_of_codes(const unsigned char* codes, Py_ssize_t size, int low_code, int high_code, uint32_t[::1] rows) except? -1

@cython.locals(a=uint64_t, b=uint64_t, c=uint64_t, d=uint64_t, e=uint64_t, f=uint64_t, g=uint64_t, h=uint64_t)
cdef uint64_t codes_at(const unsigned char* codes, Py_ssize_t at) noexcept

cdef int code_at(const unsigned char* codes, Py_ssize_t row) noexcept
