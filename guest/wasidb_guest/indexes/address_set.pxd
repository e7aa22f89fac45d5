cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t
from wasidb_guest.indexes.node cimport Node

cdef Py_ssize_t PAGE_SIZE, ADDRESS_SIZE

@cython.final
cdef class AddressSet:
    cdef readonly Py_ssize_t count
    cdef Py_ssize_t stride, place_bits, part_size
    cdef int32_t[::1] pages
    cdef bytearray parts
    cdef unsigned char* bits

    @cython.locals(part=int32_t, i=Py_ssize_t, page=Py_ssize_t, place=Py_ssize_t)
    cdef int hold(self, const uint64_t[::1] addresses, Py_ssize_t stride) except -1
    @cython.locals(offsets=int32_t[::1], raw=cython.p_uchar, pages=int32_t[::1], bits=cython.p_uchar, part_size=Py_ssize_t, place_bits=Py_ssize_t, page_count=Py_ssize_t, found=Py_ssize_t, i=Py_ssize_t, at=Py_ssize_t, page=uint32_t, offset=Py_ssize_t, place=Py_ssize_t, byte=cython.uchar)
    cpdef Py_ssize_t slots_in(self, Node leaf, int32_t[::1] slots) except? -1
