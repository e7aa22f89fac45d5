cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t
from wasidb_guest.encoding.key_runs cimport sum_entries
from wasidb_guest.encoding.keys cimport KeyBytes, Spread, key_bytes, word_at
from wasidb_guest.indexes.run cimport int32s

cdef int INNER, LEAF
cdef Py_ssize_t INNER_START, LEAF_START, CHILD_SIZE, ADDRESS_SIZE, COUNT_AT, RIGHTMOST_AT, PREVIOUS_AT, NEXT_AT, PAGE_SIZE

@cython.final
cdef class Entries:
    cdef readonly Py_ssize_t count
    cdef readonly int32_t[::1] offsets
    cdef Spread spread

    @cython.locals(first=Py_ssize_t, last=Py_ssize_t)
    cpdef Spread spread_of(self, KeyBytes keys)

@cython.final
cdef class Node:
    cdef readonly object number, frame
    cdef readonly KeyBytes keys
    cdef readonly bint is_leaf
    cdef readonly Entries entries
    cdef readonly Py_ssize_t count

    cdef int go_to(self, object number, object frame) except -1
    cdef int begin(self, object number, object frame) except -1
    @cython.locals(count=Py_ssize_t, trailer=Py_ssize_t, damage=Py_ssize_t, entries=Entries)
    cdef Entries found_entries(self)
    cpdef Py_ssize_t header_size(self) except? -1
    cpdef Py_ssize_t offset(self, Py_ssize_t slot) except? -1
    cpdef Py_ssize_t end(self) except? -1
    cpdef uint32_t child(self, Py_ssize_t slot) except? 0
    @cython.locals(low=uint32_t, high=uint32_t)
    cpdef uint32_t link(self, Py_ssize_t at) except? 0
    cpdef void take_frame(self, object frame) except *
    cpdef void take_entries(self, Entries entries) except *

@cython.locals(size=Py_ssize_t, front=uint64_t, up_to_tag=uint64_t, entry_size=Py_ssize_t, i=Py_ssize_t, end=Py_ssize_t)
cpdef Py_ssize_t find_entries(KeyBytes page, Py_ssize_t at, Py_ssize_t count, Py_ssize_t trailer, int32_t[::1] offsets) except? -1

@cython.locals(columns=Py_ssize_t, size=Py_ssize_t)
cdef bint is_key(KeyBytes page, Py_ssize_t at, Py_ssize_t end) except -1

@cython.locals(tag=int, data=Py_ssize_t)
cdef bint is_tagged(KeyBytes page, Py_ssize_t at, Py_ssize_t size) except -1

@cython.locals(columns=int)
cdef bint is_single_fixed(KeyBytes page, Py_ssize_t at) except -1

cdef int fixed_width(int tag) except? -2
