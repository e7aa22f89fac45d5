cimport cython
from libc.stdint cimport uint64_t
from wasidb_guest.encoding.json_rows cimport JsonText, RecordRows, StoredBytes
from wasidb_guest.indexes.search cimport find

cdef uint64_t NO_ADDRESS

@cython.locals(place=uint64_t, number=uint64_t, damage=Py_ssize_t)
cpdef bint put_row_of_key(JsonText text, RecordRows rows, object pages, object root, bytes key, str table) except -1

@cython.locals(page=StoredBytes, current=uint64_t, place=uint64_t, number=uint64_t, i=Py_ssize_t, damage=Py_ssize_t)
cpdef void put_rows(JsonText text, RecordRows rows, object read, const uint64_t[::1] addresses, str table) except *
