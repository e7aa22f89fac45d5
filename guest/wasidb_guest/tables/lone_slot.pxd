cimport cython
from libc.stdint cimport uint64_t
from wasidb_guest.encoding.copying cimport copy_bytes
from wasidb_guest.encoding.record_slots cimport slot_end
from wasidb_guest.pages.frame cimport frame_at

@cython.locals(number=uint64_t, start=Py_ssize_t, size=Py_ssize_t, page_size=Py_ssize_t, page=cython.p_uchar, stored=cython.p_uchar)
cpdef bint overwrite_record(object pages, uint64_t place, bytearray record) except -1

@cython.locals(number=uint64_t, start=Py_ssize_t, page=object, end=Py_ssize_t, target=cython.p_uchar, i=Py_ssize_t)
cpdef Py_ssize_t erase_record(object pages, uint64_t place, Py_ssize_t stride) except -1
