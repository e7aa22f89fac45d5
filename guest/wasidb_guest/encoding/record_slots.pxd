cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t
from wasidb_guest.encoding.copying cimport copy_bytes

@cython.locals(target=cython.p_uchar, source=cython.p_uchar, page_size=Py_ssize_t, start=Py_ssize_t, size=Py_ssize_t, slot=Py_ssize_t)
cpdef Py_ssize_t place_records(object page, Py_ssize_t offset, Py_ssize_t limit, Py_ssize_t stride, object records, const int32_t[::1] starts, Py_ssize_t row, Py_ssize_t count, uint64_t page_number, uint64_t[::1] addresses) except? -1

@cython.locals(target=cython.p_uchar, source=cython.p_uchar, page_size=Py_ssize_t, row=Py_ssize_t, k=Py_ssize_t, slot=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t, start=Py_ssize_t, size=Py_ssize_t)
cpdef Py_ssize_t overwrite_records(list pages, const int32_t[::1] limits, const uint64_t[::1] addresses, object records, const int32_t[::1] new_starts, Py_ssize_t stride, unsigned char[::1] moved) except? -1

@cython.locals(target=cython.p_uchar, source=cython.p_uchar, page_size=Py_ssize_t, row=Py_ssize_t, k=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t)
cpdef Py_ssize_t overwrite_cells(list pages, const int32_t[::1] limits, const uint64_t[::1] addresses, const int32_t[::1] record_ends, object cells, Py_ssize_t width, const int32_t[::1] ends, int32_t[::1] starts) except? -1

@cython.locals(kept=Py_ssize_t, end=Py_ssize_t, content=cython.p_uchar, i=Py_ssize_t, start=Py_ssize_t, size=Py_ssize_t, j=Py_ssize_t)
cpdef Py_ssize_t keep_records(object records, int32_t[::1] starts, uint64_t[::1] addresses, const unsigned char[::1] flags) except? -1

@cython.locals(count=Py_ssize_t, i=Py_ssize_t)
cpdef void put_addresses(const uint64_t[::1] placed, const unsigned char[::1] flags, uint64_t[::1] addresses) except *

@cython.locals(count=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t moved_rows(const uint64_t[::1] before, const uint64_t[::1] after, uint32_t[::1] rows) except? -1

@cython.locals(end=Py_ssize_t)
cpdef Py_ssize_t slot_end(const unsigned char* page, Py_ssize_t page_size, Py_ssize_t at, Py_ssize_t stride) except? -1

@cython.locals(content=cython.p_uchar, page_size=Py_ssize_t, gaps=Py_ssize_t, row=Py_ssize_t, k=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t, j=Py_ssize_t, maybe_missing=bint)
cpdef Py_ssize_t erase_records(list pages, const int32_t[::1] limits, const uint64_t[::1] addresses, Py_ssize_t stride, int32_t[::1] starts, int32_t[::1] ends, int32_t[::1] gap_limits) except? -1
