cimport cython
from libc.stdint cimport int32_t, uint64_t
from wasidb_guest.encoding.key_runs cimport sort_run
from wasidb_guest.encoding.keys cimport KeyBytes, is_integer, u8_at

cdef int INT8, INT64, TEXT, BLOB, UINT8, UINT64
cdef Py_ssize_t COUNT_AT, TAG_AT, RANK_BYTES

@cython.locals(tag=int, width=Py_ssize_t, place=Py_ssize_t, at=Py_ssize_t, sign_bit=uint64_t, size=Py_ssize_t)
cpdef bint rank_entries(KeyBytes keys, const int32_t[::1] starts, const int32_t[::1] order, uint64_t[::1] ranks) except -1

@cython.locals(tag=int, count=int)
cpdef bint is_its_rank(KeyBytes keys, Py_ssize_t at) except -1

@cython.locals(value=uint64_t, i=Py_ssize_t)
cdef uint64_t integer_at(KeyBytes keys, Py_ssize_t at, Py_ssize_t width) except? 0

@cython.locals(value=uint64_t, i=Py_ssize_t)
cdef uint64_t prefix_at(KeyBytes keys, Py_ssize_t at, Py_ssize_t size) except? 0

@cython.locals(count=Py_ssize_t, different=uint64_t, ascends=bint, place=Py_ssize_t, shift=int, byte=int, start=int32_t, target=int32_t, ranked=uint64_t[::1], ordered=int32_t[::1], passes=int)
cpdef void sort_by_rank(uint64_t[::1] ranks, int32_t[::1] order, uint64_t[::1] spare_ranks, int32_t[::1] spare, int32_t[::1] counts) except *

@cython.locals(count=Py_ssize_t, first=Py_ssize_t, place=Py_ssize_t)
cpdef void sort_ties(KeyBytes keys, const int32_t[::1] starts, int32_t[::1] order, int32_t[::1] spare, const uint64_t[::1] ranks) except *

@cython.locals(count=Py_ssize_t, first=Py_ssize_t, place=Py_ssize_t, ascends=bint)
cpdef void sort_equals(KeyBytes keys, const int32_t[::1] starts, int32_t[::1] order, int32_t[::1] spare, const uint64_t[::1] ranks, const uint64_t[::1] addresses) except *
