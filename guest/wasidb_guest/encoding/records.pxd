cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t

cpdef Py_ssize_t find_records(object page, Py_ssize_t stride, int32_t[::1] cursors, int32_t[::1] ends) except? -1

@cython.locals(stride_bits=Py_ssize_t, at=Py_ssize_t, length=Py_ssize_t, end=Py_ssize_t)
cpdef Py_ssize_t find_more(const unsigned char* page, Py_ssize_t size, Py_ssize_t stride, int32_t[::1] cursors, int32_t[::1] ends, Py_ssize_t count) except? -1

@cython.locals(runs=Py_ssize_t, i=Py_ssize_t, number=uint64_t)
cpdef Py_ssize_t page_runs(const uint64_t[::1] addresses, uint64_t[::1] numbers, int32_t[::1] limits) except? -1

@cython.locals(kept=Py_ssize_t, k=Py_ssize_t, limit=Py_ssize_t, row=Py_ssize_t, at=int32_t)
cpdef void choose_records(const uint32_t[::1] rows, int32_t[::1] limits, int32_t[::1] cursors, int32_t[::1] ends, uint64_t[::1] addresses) except *

@cython.locals(left=Py_ssize_t, row=Py_ssize_t, gap=Py_ssize_t, count=Py_ssize_t, k=Py_ssize_t, page=uint64_t, start=uint64_t, end=uint64_t)
cpdef Py_ssize_t rows_outside(const uint64_t[::1] addresses, const uint64_t[::1] numbers, const int32_t[::1] limits, const int32_t[::1] starts, const int32_t[::1] ends, uint32_t[::1] rows) except? -1

@cython.locals(i=Py_ssize_t)
cpdef void set_addresses(uint64_t[::1] addresses, Py_ssize_t first, Py_ssize_t count, uint64_t page_number, const int32_t[::1] cursors) except *

@cython.locals(size=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t measure_bodies(const int32_t[::1] cursors, const int32_t[::1] ends, Py_ssize_t count, Py_ssize_t ahead) except? -1

@cython.locals(valid=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t pack_flags(const unsigned char[::1] flags, Py_ssize_t count, unsigned char[::1] bitmap) except? -1

@cython.locals(i=Py_ssize_t)
cpdef void unpack_flags(const unsigned char[::1] bitmap, Py_ssize_t count, unsigned char[::1] flags) except *
