cimport cython
from libc.stdint cimport int32_t, uint64_t
from wasidb_guest.encoding.copying cimport pointed_to
from wasidb_guest.encoding.key_writer cimport (
    arrange_entries,
    count_up,
    first_misplaced,
    measure_keys,
    put_address,
    put_addresses,
    put_cells,
    put_keys,
)
from wasidb_guest.encoding.key_runs cimport first_repeat, sort_run, sum_entries
from wasidb_guest.encoding.keys cimport KeyBytes
from wasidb_guest.encoding.single_row cimport cell_of, entry_of

cdef int32_t[::1] ONLY
cdef const uint64_t[::1] ASCENDING

@cython.final
cdef class Run:
    cdef readonly object entries
    cdef readonly KeyBytes keys
    cdef readonly int32_t[::1] starts
    cdef int32_t[::1] order
    cdef const uint64_t[::1] addresses
    cdef readonly Py_ssize_t count, entry_size_max
    cdef bint is_sorted

    cpdef Py_ssize_t number(self, Py_ssize_t position) except? -1
    cpdef Py_ssize_t start(self, Py_ssize_t number) except? -1
    cpdef Py_ssize_t key_at(self, Py_ssize_t position) except? -1
    cpdef object numbers(self, Py_ssize_t first, Py_ssize_t last)
    @cython.locals(numbers=int32_t[::1], found=Py_ssize_t, place=Py_ssize_t)
    cpdef object unmatched(self, const int32_t[::1] slots, Py_ssize_t first)
    @cython.locals(number=Py_ssize_t)
    cpdef bytes key(self, Py_ssize_t position)
    @cython.locals(number=Py_ssize_t)
    cpdef object entry(self, Py_ssize_t position)
    cpdef void sort(self) except *
    @cython.locals(ascend=bint)
    cpdef void set_addresses(self, object addresses) except *
    cpdef void arrange(self) except *

@cython.locals(run=Run)
cdef Run run_of(bytearray entries, int32_t[::1] starts, int32_t[::1] order, Py_ssize_t size_max)

@cython.locals(order=int32_t[::1])
cpdef Run run_of_leaf(object leaf)

@cython.final
cdef class KeyLayout:
    cdef int32_t[::1] starts_alone
    cdef readonly list prefixes, places
    cdef readonly bytes size_fields, blank

    @cython.locals(made=Run)
    cpdef Run run(self, object vectors, object addresses=*)
    @cython.locals(entry=bytearray, size=Py_ssize_t)
    cpdef Run alone(self, list cells)
    @cython.locals(count=Py_ssize_t, size=Py_ssize_t, entries=bytearray, starts=int32_t[::1], order=int32_t[::1], column=Py_ssize_t, data_size=Py_ssize_t, place=Py_ssize_t)
    cdef Run filled(self, object vectors)
    @cython.locals(count=Py_ssize_t, entry_size_max=Py_ssize_t, entries=bytearray, starts=int32_t[::1], order=int32_t[::1])
    cdef Run of_any(self, object vectors)

cpdef object int32s(Py_ssize_t count)

@cython.locals(found=bint, column=Py_ssize_t)
cpdef bint has_null(object vectors) except -1
cdef void check_key_size(Py_ssize_t size) except *
