cimport cython
from libc.stdint cimport uint64_t
from wasidb_guest.encoding.text_forms cimport put_digits

cdef unsigned char MINUS, POINT
cdef Py_ssize_t DECIMALS_MAX
cdef double SHORT_MIN, SHORT_MAX

@cython.final
cdef class FloatBits:
    cdef unsigned char[::1] bits
    cdef const double[::1] as_double
    cdef const float[::1] as_single

cdef FloatBits FLOAT_BITS

@cython.locals(i=Py_ssize_t, number=double, reached=Py_ssize_t, character=cython.uchar)
cpdef Py_ssize_t print_float(Py_ssize_t width, const unsigned char[::1] stored, Py_ssize_t at, unsigned char[::1] out, Py_ssize_t end) except? -1

@cython.locals(magnitude=double, scale=double, unit=uint64_t, decimals=Py_ssize_t, scaled=uint64_t)
cdef Py_ssize_t print_short_decimal(double number, unsigned char[::1] out, Py_ssize_t end) except? -1
