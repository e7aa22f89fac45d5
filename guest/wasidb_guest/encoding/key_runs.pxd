cimport cython
from libc.stdint cimport int32_t, uint64_t
from wasidb_guest.encoding.keys cimport KeyBytes, compare_entries, compare_keys

cdef uint64_t FNV_OFFSET, FNV_PRIME, WORD

@cython.locals(i=Py_ssize_t, width=Py_ssize_t, low=Py_ssize_t)
cpdef void sort_run(KeyBytes run, const int32_t[::1] starts, Py_ssize_t count, int32_t[::1] order, int32_t[::1] spare) except *

@cython.locals(left=Py_ssize_t, right=Py_ssize_t, target=Py_ssize_t)
cdef void merge_halves(KeyBytes run, const int32_t[::1] starts, int32_t[::1] order, int32_t[::1] spare, Py_ssize_t low, Py_ssize_t middle, Py_ssize_t high) except *

@cython.locals(i=Py_ssize_t)
cdef bint is_sorted(KeyBytes run, const int32_t[::1] starts, const int32_t[::1] order, Py_ssize_t count) except -1

@cython.locals(i=Py_ssize_t)
cpdef Py_ssize_t first_repeat(KeyBytes run, const int32_t[::1] starts, const int32_t[::1] order, Py_ssize_t count) except? -2

@cython.locals(total=uint64_t, digest=uint64_t, i=Py_ssize_t, at=Py_ssize_t)
cpdef uint64_t sum_entries(KeyBytes run, const int32_t[::1] starts, Py_ssize_t count) except? 1
