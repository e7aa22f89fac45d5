cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t

@cython.locals(size=Py_ssize_t, count=Py_ssize_t, at=Py_ssize_t, length=Py_ssize_t, end=Py_ssize_t)
cpdef Py_ssize_t find_records(const unsigned char[::1] page, Py_ssize_t stride, int32_t[::1] cursors, int32_t[::1] ends) except? -1

@cython.locals(size=Py_ssize_t, total=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t, length=Py_ssize_t)
cpdef Py_ssize_t measure_records(const unsigned char[::1] page, const uint64_t[::1] addresses, Py_ssize_t first, Py_ssize_t last) except? -1

@cython.locals(i=Py_ssize_t, j=Py_ssize_t, start=Py_ssize_t, size=Py_ssize_t)
cpdef Py_ssize_t copy_records(const unsigned char[::1] page, const uint64_t[::1] addresses, Py_ssize_t first, Py_ssize_t last, unsigned char[::1] out, Py_ssize_t at, int32_t[::1] cursors, int32_t[::1] ends) except? -1

@cython.locals(i=Py_ssize_t)
cpdef void set_addresses(uint64_t[::1] addresses, Py_ssize_t first, Py_ssize_t count, uint64_t page_number, const int32_t[::1] cursors) except *

@cython.locals(size=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t measure_bodies(const int32_t[::1] cursors, const int32_t[::1] ends, Py_ssize_t count) except? -1

@cython.locals(target=Py_ssize_t, ends_at=Py_ssize_t, flags_at=Py_ssize_t, column=Py_ssize_t, wanted=bint, width=Py_ssize_t, nullable=bint, size=Py_ssize_t)
cpdef Py_ssize_t take_columns(const unsigned char[::1] page, int32_t[::1] cursors, const int32_t[::1] ends, Py_ssize_t count, const int32_t[::1] layout, int32_t[::1] totals, unsigned char[::1] out, int32_t[::1] cell_ends, unsigned char[::1] flags) except? -1

@cython.locals(i=Py_ssize_t, at=Py_ssize_t)
cdef Py_ssize_t skip_fixed(const unsigned char[::1] page, int32_t[::1] cursors, const int32_t[::1] ends, Py_ssize_t count, Py_ssize_t width, bint nullable) except? -1

@cython.locals(i=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t)
cdef Py_ssize_t skip_variable(const unsigned char[::1] page, int32_t[::1] cursors, const int32_t[::1] ends, Py_ssize_t count, bint nullable) except? -1

@cython.locals(i=Py_ssize_t, j=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t)
cdef Py_ssize_t take_fixed(const unsigned char[::1] page, int32_t[::1] cursors, const int32_t[::1] ends, Py_ssize_t count, Py_ssize_t width, bint nullable, unsigned char[::1] out, Py_ssize_t target, unsigned char[::1] flags, Py_ssize_t flags_at) except? -1

@cython.locals(start=Py_ssize_t, i=Py_ssize_t, j=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t, length=Py_ssize_t)
cdef Py_ssize_t take_variable(const unsigned char[::1] page, int32_t[::1] cursors, const int32_t[::1] ends, Py_ssize_t count, bint nullable, Py_ssize_t total, unsigned char[::1] out, Py_ssize_t target, int32_t[::1] cell_ends, Py_ssize_t ends_at, unsigned char[::1] flags, Py_ssize_t flags_at) except? -1

@cython.locals(valid=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t pack_flags(const unsigned char[::1] flags, Py_ssize_t count, unsigned char[::1] bitmap) except? -1

@cython.locals(i=Py_ssize_t)
cpdef void unpack_flags(const unsigned char[::1] bitmap, Py_ssize_t count, unsigned char[::1] flags) except *
