cimport cython
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cdef int64_t LOW_BITS
cdef Py_ssize_t DECIMAL_SIZE
cdef uint32_t NO_ROW

ctypedef fused ordinal:
    int64_t
    uint64_t

@cython.locals(has_nulls=bint, row=Py_ssize_t)
cpdef void count_rows(const uint32_t[::1] groups, const unsigned char[::1] flags, int64_t[::1] counts) except *

@cython.locals(group=Py_ssize_t)
cpdef void add_counts(const int64_t[::1] counts, int64_t[::1] totals) except *

@cython.locals(has_nulls=bint, row=Py_ssize_t, group=uint32_t, value=ordinal)
cpdef void sum_integers(const ordinal[::1] values, const uint32_t[::1] groups, const unsigned char[::1] flags, int64_t[::1] low, int64_t[::1] high) except *

@cython.locals(has_nulls=bint, row=Py_ssize_t)
cpdef void sum_floats(const double[::1] values, const uint32_t[::1] groups, const unsigned char[::1] flags, double[::1] totals) except *

@cython.locals(row=Py_ssize_t, base=uint32_t, greater=uint64_t, smaller=uint64_t, distance=double)
cpdef void measure_distances(const ordinal[::1] values, const uint32_t[::1] groups, const uint32_t[::1] bases, double[::1] distances) except *

@cython.locals(has_nulls=bint, row=Py_ssize_t, group=uint32_t, deviation=double)
cpdef void sum_deviations(const double[::1] values, const double[::1] means, const uint32_t[::1] groups, const unsigned char[::1] flags, double[::1] totals, double[::1] squares) except *

@cython.locals(has_nulls=bint, row=Py_ssize_t, at=Py_ssize_t, group=uint32_t, sign=int64_t)
cpdef void sum_decimals(const unsigned char[::1] data, const uint32_t[::1] groups, const unsigned char[::1] flags, int64_t[::1] low, int64_t[::1] middle, int64_t[::1] high) except *

@cython.locals(value=int64_t, i=Py_ssize_t)
cdef int64_t limb(const unsigned char[::1] data, Py_ssize_t at) except? -1

@cython.locals(has_nulls=bint, row=Py_ssize_t, group=uint32_t, best=Py_ssize_t)
cpdef void extreme_rows(const ordinal[::1] values, const uint32_t[::1] groups, const unsigned char[::1] flags, bint is_greatest, int32_t[::1] extremes) except *
