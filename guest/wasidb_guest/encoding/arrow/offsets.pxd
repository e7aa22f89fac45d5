cimport cython
from libc.stdint cimport int32_t, int64_t, uint32_t

cdef uint32_t NO_ROW

ctypedef fused offset:
    int32_t
    int64_t

@cython.locals(row=Py_ssize_t, first=int64_t, low=int64_t, high=int64_t)
cpdef Py_ssize_t rebase(const offset[::1] source, int64_t size, int32_t[::1] target) except? -2

@cython.locals(row=Py_ssize_t)
cpdef bint has_null_bytes(
    const int32_t[::1] offsets, const unsigned char[::1] validity
) except? -1

@cython.locals(written=Py_ssize_t, start=Py_ssize_t, end=Py_ssize_t, row=Py_ssize_t, at=Py_ssize_t)
cpdef Py_ssize_t drop_null_bytes(
    const unsigned char[::1] data,
    int32_t[::1] offsets,
    const unsigned char[::1] validity,
    unsigned char[::1] target,
) except? -1

@cython.locals(row=Py_ssize_t)
cpdef Py_ssize_t first_longer(const int32_t[::1] offsets, Py_ssize_t size_max) except? -2

@cython.locals(every_row=bint, row=Py_ssize_t, start=Py_ssize_t, at=Py_ssize_t)
cpdef Py_ssize_t spread(
    const unsigned char[::1] data,
    const int32_t[::1] offsets,
    const unsigned char[::1] flags,
    Py_ssize_t width,
    unsigned char[::1] target,
) except? -2

@cython.locals(at=Py_ssize_t)
cpdef void leave_out_nulls(uint32_t[::1] rows, const unsigned char[::1] validity) except *
