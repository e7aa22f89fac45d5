cimport cython
from libc.stdint cimport int32_t
from wasidb_guest.encoding.copying cimport copy_bytes
from wasidb_guest.encoding.keys cimport KeyBytes, bound_near
from wasidb_guest.indexes.node cimport Entries, Node
from wasidb_guest.indexes.run cimport Run
from wasidb_guest.indexes.search cimport match_entries
from wasidb_guest.indexes.splice cimport writable

cdef int NO_MATCH
cdef Py_ssize_t COUNT_AT

@cython.locals(merged=Entries, ours=KeyBytes, theirs=KeyBytes, before=int32_t[::1], starts=int32_t[::1], offsets=int32_t[::1], written=Py_ssize_t, slot=Py_ssize_t, placed=Py_ssize_t, k=Py_ssize_t, until=Py_ssize_t)
cpdef Entries merge_run(Node leaf, Run run, Py_ssize_t first, Py_ssize_t last, unsigned char* out)

@cython.locals(slots=int32_t[::1])
cpdef object remove_run(object pages, Node leaf, Run run, Py_ssize_t first, Py_ssize_t last)

@cython.locals(left=Entries, before=int32_t[::1], offsets=int32_t[::1], count=Py_ssize_t, end=Py_ssize_t, first=Py_ssize_t, slot=Py_ssize_t, placed=Py_ssize_t, written=Py_ssize_t, target=cython.p_uchar, i=Py_ssize_t, k=Py_ssize_t, until=Py_ssize_t, start=Py_ssize_t, size=Py_ssize_t, at=Py_ssize_t)
cpdef void remove_slots(object pages, Node leaf, const int32_t[::1] slots, Py_ssize_t left_over) except *

@cython.locals(start=Py_ssize_t, size=Py_ssize_t, i=Py_ssize_t)
cdef Py_ssize_t copy_entries(KeyBytes source, const int32_t[::1] starts, Py_ssize_t first, Py_ssize_t last, unsigned char* out, Py_ssize_t written, int32_t[::1] out_offsets, Py_ssize_t placed) except? -1

@cython.locals(entries=Entries, before=int32_t[::1], offsets=int32_t[::1], i=Py_ssize_t)
cpdef Entries part(Entries whole, Py_ssize_t low, Py_ssize_t high, int32_t start)
