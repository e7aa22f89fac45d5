cimport cython
from libc.stdint cimport uint64_t
from wasidb_guest.encoding.copying cimport copy_bytes
from wasidb_guest.encoding.record_slots cimport slot_end
from wasidb_guest.pages.frame cimport frame_at

@cython.locals(number=uint64_t, start=Py_ssize_t, page=object, content=cython.p_uchar, in_use=cython.uchar, i=Py_ssize_t)
cpdef bint is_free(object pages, uint64_t place, Py_ssize_t size) except -1

@cython.locals(number=uint64_t, start=Py_ssize_t, size=Py_ssize_t, stored=cython.p_uchar, target=cython.p_uchar)
cpdef void put_record(object pages, uint64_t place, bytearray record) except *

@cython.locals(number=uint64_t, start=Py_ssize_t, size=Py_ssize_t, page_size=Py_ssize_t, page=cython.p_uchar, stored=cython.p_uchar)
cpdef bint overwrite_record(object pages, uint64_t place, bytearray record) except -1

@cython.locals(number=uint64_t, start=Py_ssize_t, page=object, end=Py_ssize_t, target=cython.p_uchar, i=Py_ssize_t)
cpdef Py_ssize_t erase_record(object pages, uint64_t place, Py_ssize_t stride) except -1
