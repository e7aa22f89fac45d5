cimport cython
from libc.stdint cimport int32_t, uint64_t
from wasidb_guest.encoding.keys cimport KeyBytes, compare_entries, compare_keys

cdef int NO_MATCH
cdef uint64_t NO_ADDRESS

@cython.locals(size=Py_ssize_t, i=Py_ssize_t, end=Py_ssize_t)
cpdef Py_ssize_t find_entries(KeyBytes page, Py_ssize_t at, Py_ssize_t count, Py_ssize_t trailer, int32_t[::1] offsets) except? -1

@cython.locals(columns=Py_ssize_t, size=Py_ssize_t)
cdef bint is_key(KeyBytes page, Py_ssize_t at, Py_ssize_t end) except -1

@cython.locals(tag=int, data=Py_ssize_t)
cdef bint is_tagged(KeyBytes page, Py_ssize_t at, Py_ssize_t size) except -1

cdef int fixed_width(int tag) except? -2

@cython.locals(low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t)
cpdef Py_ssize_t lower_bound(KeyBytes page, const int32_t[::1] offsets, Py_ssize_t count, KeyBytes key, Py_ssize_t at) except? -1

@cython.locals(low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t)
cpdef Py_ssize_t upper_bound(KeyBytes page, const int32_t[::1] offsets, Py_ssize_t count, KeyBytes key, Py_ssize_t at) except? -1

@cython.locals(slot=Py_ssize_t)
cpdef uint64_t find_address(KeyBytes page, const int32_t[::1] offsets, Py_ssize_t count, KeyBytes key) except? 0

@cython.locals(high=Py_ssize_t, middle=Py_ssize_t)
cpdef Py_ssize_t entry_bound(KeyBytes page, const int32_t[::1] offsets, Py_ssize_t low, Py_ssize_t count, KeyBytes entry, Py_ssize_t at) except? -1

@cython.locals(middle=Py_ssize_t)
cpdef Py_ssize_t run_until(KeyBytes run, const int32_t[::1] starts, const int32_t[::1] order, Py_ssize_t first, Py_ssize_t last, KeyBytes page, Py_ssize_t at) except? -1

@cython.locals(k=Py_ssize_t, at=Py_ssize_t, slot=Py_ssize_t)
cpdef void match_keys(KeyBytes page, const int32_t[::1] offsets, Py_ssize_t count, KeyBytes run, const int32_t[::1] starts, const int32_t[::1] order, Py_ssize_t first, Py_ssize_t last, uint64_t[::1] addresses) except *

@cython.locals(k=Py_ssize_t, at=Py_ssize_t, slot=Py_ssize_t)
cpdef void match_entries(KeyBytes page, const int32_t[::1] offsets, Py_ssize_t count, KeyBytes run, const int32_t[::1] starts, const int32_t[::1] order, Py_ssize_t first, Py_ssize_t last, int32_t[::1] slots) except *

@cython.locals(written=Py_ssize_t, placed=Py_ssize_t, slot=Py_ssize_t, k=Py_ssize_t, entry=Py_ssize_t, until=Py_ssize_t, size=Py_ssize_t)
cpdef Py_ssize_t merge_run(KeyBytes page, const int32_t[::1] offsets, Py_ssize_t count, KeyBytes run, const int32_t[::1] starts, const int32_t[::1] order, Py_ssize_t first, Py_ssize_t last, unsigned char[::1] out, int32_t[::1] out_offsets) except? -1

@cython.locals(written=Py_ssize_t, placed=Py_ssize_t, slot=Py_ssize_t, k=Py_ssize_t)
cpdef Py_ssize_t remove_slots(KeyBytes page, const int32_t[::1] offsets, Py_ssize_t count, const int32_t[::1] slots, Py_ssize_t slot_count, unsigned char[::1] out, int32_t[::1] out_offsets) except? -1

@cython.locals(start=Py_ssize_t, size=Py_ssize_t, i=Py_ssize_t)
cdef Py_ssize_t copy_entries(KeyBytes page, const int32_t[::1] offsets, Py_ssize_t first, Py_ssize_t last, unsigned char[::1] out, Py_ssize_t written, int32_t[::1] out_offsets, Py_ssize_t placed) except? -1

@cython.locals(i=Py_ssize_t, shift=int32_t, placed=Py_ssize_t)
cpdef void splice_offsets(const int32_t[::1] offsets, Py_ssize_t count, Py_ssize_t slot, Py_ssize_t gone, int32_t size, int32_t[::1] out) except *

@cython.locals(i=Py_ssize_t)
cpdef Py_ssize_t first_disorder(KeyBytes page, const int32_t[::1] offsets, Py_ssize_t count) except? -2

@cython.locals(i=Py_ssize_t)
cpdef void collect_addresses(KeyBytes page, const int32_t[::1] offsets, Py_ssize_t first, Py_ssize_t last, uint64_t[::1] addresses) except *

@cython.locals(number=uint64_t, high=uint64_t)
cdef uint64_t address_of(KeyBytes page, Py_ssize_t end) except? 0
