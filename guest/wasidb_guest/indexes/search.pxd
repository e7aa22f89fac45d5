cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t
from wasidb_guest.encoding.keys cimport KeyBytes, Spread, address_at, bound_near, compare_entries, compare_keys, even_bound, even_match, key_bytes, probe_of, u8_at
from wasidb_guest.indexes.node cimport Node
from wasidb_guest.indexes.run cimport Run
from wasidb_guest.pages.frame cimport frame_at

cdef uint64_t ABSENT
cdef bytes HIGHEST_COLUMN
cdef Py_ssize_t FAR_APART

@cython.locals(node=Node)
cdef Node node_at(object pages, object number)

@cython.locals(probe=KeyBytes, leaf=Node, slot=Py_ssize_t)
cpdef uint64_t find(object pages, object root, bytes key) except? 0

@cython.locals(node=Node, number=uint32_t)
cpdef Node leaf_of(object pages, object root, KeyBytes key, Py_ssize_t at)

@cython.locals(probe=bytearray, columns=int)
cpdef bytes after(bytes key)

@cython.locals(node=Node, slot=Py_ssize_t, number=uint32_t)
cpdef Node only_leaf(object pages, object root, KeyBytes low, KeyBytes high, int order)

@cython.locals(at=Py_ssize_t, node=Node, until=Py_ssize_t, slot=Py_ssize_t)
cpdef tuple leaf_for(object pages, object root, Run run, Py_ssize_t position)

cpdef Py_ssize_t lower_bound(Node node, KeyBytes key, Py_ssize_t at) except? -1

cpdef Py_ssize_t upper_bound(Node node, KeyBytes key, Py_ssize_t at) except? -1

cdef Py_ssize_t bound(Node node, Py_ssize_t low, KeyBytes key, Py_ssize_t at, int order) except? -1

@cython.locals(offsets=int32_t[::1], high=Py_ssize_t, middle=Py_ssize_t)
cpdef Py_ssize_t key_bound(Node leaf, Py_ssize_t low, KeyBytes key, Py_ssize_t at, Py_ssize_t step, int order) except? -1

cpdef Py_ssize_t entry_bound_near(Node leaf, Py_ssize_t low, KeyBytes entry, Py_ssize_t at, Py_ssize_t step) except? -1

cpdef Py_ssize_t entry_bound(Node leaf, Py_ssize_t low, KeyBytes entry, Py_ssize_t at) except? -1

@cython.locals(middle=Py_ssize_t)
cpdef Py_ssize_t run_until(Run run, Py_ssize_t first, Py_ssize_t last, KeyBytes key, Py_ssize_t at) except? -1

cpdef void find_run(object pages, object root, Run run, uint64_t[::1] addresses) except *

@cython.locals(node=Node, slot=Py_ssize_t, until=Py_ssize_t)
cdef void find_below(object pages, object number, int depth, Run run, Py_ssize_t first, Py_ssize_t last, uint64_t[::1] addresses) except *

@cython.locals(ours=KeyBytes, theirs=KeyBytes, spread=Spread, k=Py_ssize_t, at=Py_ssize_t, slot=Py_ssize_t, found=Py_ssize_t, apart=Py_ssize_t)
cdef void match_keys(Node leaf, Run run, Py_ssize_t first, Py_ssize_t last, uint64_t[::1] addresses) except *

@cython.locals(no_match=int32_t, below=Py_ssize_t, k=Py_ssize_t, at=Py_ssize_t, slot=Py_ssize_t, apart=Py_ssize_t)
cpdef void match_entries(Node leaf, Run run, Py_ssize_t first, Py_ssize_t last, int32_t[::1] slots) except *

@cython.locals(lowest=Py_ssize_t, middle=Py_ssize_t)
cdef Py_ssize_t entries_below(Node leaf, Run run, Py_ssize_t first, Py_ssize_t last) except? -1

@cython.locals(offsets=int32_t[::1], i=Py_ssize_t)
cpdef Py_ssize_t first_disorder(Node leaf) except? -2

@cython.locals(i=Py_ssize_t)
cpdef void collect_addresses(Node leaf, Py_ssize_t first, Py_ssize_t last, uint64_t[::1] addresses) except *

@cython.locals(end=Py_ssize_t, high=uint64_t)
cdef uint64_t address_in(Node leaf, Py_ssize_t slot) except? 0
