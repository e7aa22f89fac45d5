cimport cython
from libc.stdint cimport int32_t
from wasidb_guest.encoding.copying cimport copy_bytes, move_up
from wasidb_guest.encoding.keys cimport compare_entries
from wasidb_guest.indexes.node cimport Entries, Node
from wasidb_guest.indexes.run cimport Run
from wasidb_guest.indexes.search cimport entry_bound, leaf_of
from wasidb_guest.pages.frame cimport frame_at

cdef Py_ssize_t COUNT_AT, LEAF_SIZE_MAX, NO_MATCH, ROOM

@cython.locals(leaf=Node)
cpdef bint put_alone(object pages, object root, Run run) except -1

@cython.locals(leaf=Node, slot=Py_ssize_t)
cpdef bint take_alone(object pages, object root, Run run) except -1

@cython.locals(number=Py_ssize_t, start=Py_ssize_t, size=Py_ssize_t, slot=Py_ssize_t)
cpdef bint put_entry(object pages, Node leaf, Run run, Py_ssize_t position) except -1

@cython.locals(start=Py_ssize_t, slot=Py_ssize_t)
cpdef Py_ssize_t find_entry(Node leaf, Run run, Py_ssize_t position) except? -2

cpdef void take_entry(object pages, Node leaf, Py_ssize_t slot) except *

@cython.locals(at=Py_ssize_t, behind=Py_ssize_t, end=Py_ssize_t, after=Py_ssize_t, i=Py_ssize_t, spliced=Entries, target=cython.p_uchar)
cdef void splice(object pages, Node leaf, Py_ssize_t slot, Py_ssize_t gone, const unsigned char* source, Py_ssize_t start, Py_ssize_t size) except *

@cython.locals(entries=Entries, spliced=Entries, count=Py_ssize_t, behind=Py_ssize_t, step=Py_ssize_t, offsets=int32_t[::1], out=int32_t[::1], i=Py_ssize_t, shift=int32_t)
cdef Entries entries_after(Node leaf, Py_ssize_t slot, Py_ssize_t gone, int32_t size)

cpdef object writable(object pages, Node node, Py_ssize_t start, Py_ssize_t end)
