cimport cython
from libc.stdint cimport int32_t, uint64_t
from wasidb_guest.encoding.copying cimport copy_bytes, copy_pieces, spread_cells
from wasidb_guest.encoding.keys cimport KeyBytes

cdef int NULL

@cython.locals(column=Py_ssize_t, longest=Py_ssize_t, i=Py_ssize_t, size=Py_ssize_t)
cpdef Py_ssize_t measure_keys(object vectors, object prefixes, const unsigned char[::1] size_fields, Py_ssize_t count, int32_t[::1] starts) except? -1

@cython.locals(i=Py_ssize_t, size=Py_ssize_t)
cdef void measure_column(int32_t[::1] starts, Py_ssize_t count, Py_ssize_t front, Py_ssize_t width, const int32_t[::1] offsets, const unsigned char[::1] validity) except *

@cython.locals(i=Py_ssize_t, at=Py_ssize_t, size=Py_ssize_t, column=Py_ssize_t)
cpdef void put_keys(object vectors, object prefixes, const unsigned char[::1] size_fields, Py_ssize_t count, const int32_t[::1] starts, unsigned char[::1] entries, int32_t[::1] order, int32_t[::1] cursors) except *

@cython.locals(prefix_size=Py_ssize_t, i=Py_ssize_t, j=Py_ssize_t, at=Py_ssize_t, start=Py_ssize_t, length=Py_ssize_t, field=Py_ssize_t)
cdef void put_column(unsigned char[::1] entries, int32_t[::1] cursors, Py_ssize_t count, const unsigned char[::1] prefix, Py_ssize_t size_fields, const unsigned char[::1] data, Py_ssize_t width, const int32_t[::1] offsets, const unsigned char[::1] validity) except *

cpdef void put_cells(unsigned char* entries, Py_ssize_t entry_size, Py_ssize_t at, const unsigned char* data, Py_ssize_t size, Py_ssize_t width, Py_ssize_t count) except *

@cython.locals(i=Py_ssize_t)
cpdef void count_up(int32_t[::1] numbers, Py_ssize_t step) except *

@cython.locals(ascends=bint, before=uint64_t, i=Py_ssize_t, address=uint64_t)
cpdef bint put_addresses(unsigned char* entries, const int32_t[::1] starts, Py_ssize_t count, const uint64_t[::1] addresses) except -1

@cython.locals(at=Py_ssize_t, byte=Py_ssize_t)
cpdef void put_address(unsigned char* entries, Py_ssize_t end, uint64_t address) noexcept

@cython.locals(place=Py_ssize_t)
cpdef Py_ssize_t first_misplaced(const int32_t[::1] order) except? -2

@cython.locals(target=cython.p_uchar, place=Py_ssize_t, start=Py_ssize_t, size=Py_ssize_t, end=Py_ssize_t)
cpdef void arrange_entries(KeyBytes keys, const int32_t[::1] starts, const int32_t[::1] order, Py_ssize_t size_max, object entries, int32_t[::1] new_starts, int32_t[::1] new_order) except *

cdef void put_u32(unsigned char[::1] out, Py_ssize_t at, uint64_t value) except *
