cimport cython
from libc.stdint cimport int32_t, uint64_t
from wasidb_guest.encoding.copying cimport copy_bytes
from wasidb_guest.encoding.json_rows cimport JsonText, RecordRows, StoredBytes
from wasidb_guest.encoding.keys cimport KeyBytes, probe_of
from wasidb_guest.indexes.node cimport Node
from wasidb_guest.indexes.search cimport after, collect_addresses, find, key_bound, lower_bound, only_leaf
from wasidb_guest.pages.frame cimport frame_at

cdef uint64_t NO_ADDRESS
cdef Py_ssize_t ROWS_MAX, FIRST_ROOM, ROOM_KEPT_MAX

@cython.final
cdef class RowText:
    cdef bytes head, tail, absent
    cdef JsonText text
    cdef readonly Py_ssize_t count
    cdef str table
    cdef RecordRows rows
    cdef uint64_t[::1] places
    cdef int32_t[::1] limits
    cdef int32_t[::1] sizes
    cdef bytearray room
    cdef StoredBytes records

    cpdef str of_key(self, object pages, object root, bytes key)

    @cython.locals(low_key=KeyBytes, high_key=KeyBytes, order=int, leaf=Node, first=Py_ssize_t, count=Py_ssize_t)
    cpdef str of_keys(self, object pages, object root, bytes key, bint is_whole)

    @cython.locals(i=Py_ssize_t, count=Py_ssize_t)
    cpdef str at(self, object pages, const uint64_t[::1] addresses)

    cdef int begin(self) except -1
    cdef str finished(self, Py_ssize_t count)

    @cython.locals(i=Py_ssize_t, at=Py_ssize_t, place=uint64_t)
    cdef int sort(self, Py_ssize_t count) except -1

    @cython.locals(i=Py_ssize_t, at=Py_ssize_t, place=uint64_t, damage=Py_ssize_t)
    cdef int put_places(self, object pages, Py_ssize_t count) except -1

    @cython.locals(kept=dict, frames=list, i=Py_ssize_t)
    cdef list frames_of(self, object pages, Py_ssize_t count)

    @cython.locals(sources=cython.p_const_uchar[64], target=cython.p_uchar, i=Py_ssize_t, size=Py_ssize_t, end=Py_ssize_t)
    cdef int gather(self, list frames, Py_ssize_t count) except -1

    @cython.locals(source=cython.p_const_uchar, i=Py_ssize_t, at=Py_ssize_t, size=Py_ssize_t, total=Py_ssize_t)
    cdef Py_ssize_t measure(self, const unsigned char** sources, Py_ssize_t count) except -1

    cdef int take_room(self, bytearray room) except -1
