cimport cython
from libc.stdint cimport int32_t, uint64_t
from wasidb_guest.encoding.records cimport find_more

cdef Py_ssize_t ROWS_AT_ONCE, LINE_SIZE, MOVE_SIZE

@cython.locals(sources=cython.p_const_uchar[64], count=Py_ssize_t, number=Py_ssize_t, last=Py_ssize_t, page_size=Py_ssize_t, reached=Py_ssize_t)
cpdef Py_ssize_t columns_at(list pages, const int32_t[::1] limits, const uint64_t[::1] addresses, Py_ssize_t first, int32_t[::1] cursors, int32_t[::1] ends, const int32_t[::1] layout, list outs, int32_t[::1] offsets, unsigned char* flags) except? -1

@cython.locals(sources=cython.p_const_uchar[64], number=Py_ssize_t, first=Py_ssize_t, last=Py_ssize_t, reached=Py_ssize_t)
cpdef Py_ssize_t take_columns(list pages, const int32_t[::1] limits, int32_t[::1] cursors, const int32_t[::1] ends, const int32_t[::1] layout, list outs, Py_ssize_t count, int32_t[::1] offsets, unsigned char* flags) except? -1

@cython.locals(sources=cython.p_const_uchar[64], i=Py_ssize_t, end=Py_ssize_t, first=Py_ssize_t, k=Py_ssize_t, last=Py_ssize_t, row=Py_ssize_t, reached=Py_ssize_t)
cpdef Py_ssize_t find_columns(list pages, const uint64_t[::1] numbers, Py_ssize_t stride, int32_t[::1] limits, int32_t[::1] cursors, int32_t[::1] ends, uint64_t[::1] addresses, const int32_t[::1] layout, list outs, Py_ssize_t room, int32_t[::1] offsets, unsigned char* flags) except? -1

@cython.locals(page=cython.p_const_uchar, limit=Py_ssize_t, row=Py_ssize_t)
cdef Py_ssize_t set_sources(const unsigned char** sources, list pages, const int32_t[::1] limits, Py_ssize_t number, Py_ssize_t first, Py_ssize_t last) except? -1

@cython.locals(row=Py_ssize_t, page=cython.p_const_uchar, at=Py_ssize_t, end=Py_ssize_t)
cdef Py_ssize_t locate_rows(const unsigned char** sources, Py_ssize_t page_size, const uint64_t[::1] addresses, int32_t[::1] cursors, int32_t[::1] ends, Py_ssize_t first, Py_ssize_t last) except? -1

@cython.locals(bodies=Py_ssize_t, row=Py_ssize_t, offsets_at=Py_ssize_t, step=Py_ssize_t, width=Py_ssize_t, start=Py_ssize_t, size=Py_ssize_t)
cdef bint has_room(const int32_t[::1] cursors, const int32_t[::1] ends, Py_ssize_t first, Py_ssize_t last, const int32_t[::1] layout, list outs, Py_ssize_t count, const int32_t[::1] offsets) except -1

@cython.locals(offsets_at=Py_ssize_t, flags_at=Py_ssize_t, step=Py_ssize_t, lead=Py_ssize_t, is_wanted=bint, width=Py_ssize_t, is_nullable=bint, out=cython.p_uchar, reached=Py_ssize_t)
cdef Py_ssize_t take_rows(const unsigned char** sources, Py_ssize_t page_size, int32_t[::1] cursors, const int32_t[::1] ends, Py_ssize_t first, Py_ssize_t last, const int32_t[::1] layout, list outs, Py_ssize_t count, int32_t[::1] offsets, unsigned char* flags) except? -1

@cython.locals(page=cython.p_const_uchar, row=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t, is_null=bint)
cdef Py_ssize_t skip(const unsigned char** sources, int32_t[::1] cursors, const int32_t[::1] ends, Py_ssize_t first, Py_ssize_t last, Py_ssize_t lead, Py_ssize_t width, bint is_nullable) except? -1

@cython.locals(page=cython.p_const_uchar, row=Py_ssize_t, at=Py_ssize_t, i=Py_ssize_t)
cdef Py_ssize_t take_fixed(const unsigned char** sources, Py_ssize_t page_size, int32_t[::1] cursors, const int32_t[::1] ends, Py_ssize_t first, Py_ssize_t last, Py_ssize_t lead, Py_ssize_t width, unsigned char* out) except? -1

@cython.locals(page=cython.p_const_uchar, size=Py_ssize_t, row=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t, length=Py_ssize_t)
cdef Py_ssize_t take_variable(const unsigned char** sources, Py_ssize_t page_size, int32_t[::1] cursors, const int32_t[::1] ends, Py_ssize_t first, Py_ssize_t last, Py_ssize_t lead, unsigned char* out, int32_t[::1] offsets, Py_ssize_t offsets_at) except? -1

@cython.locals(page=cython.p_const_uchar, size=Py_ssize_t, row=Py_ssize_t, at=Py_ssize_t, end=Py_ssize_t, length=Py_ssize_t, is_null=bint, i=Py_ssize_t)
cdef Py_ssize_t take_nullable(const unsigned char** sources, Py_ssize_t page_size, int32_t[::1] cursors, const int32_t[::1] ends, Py_ssize_t first, Py_ssize_t last, Py_ssize_t lead, Py_ssize_t width, unsigned char* out, int32_t[::1] offsets, Py_ssize_t offsets_at, unsigned char* flags, Py_ssize_t flags_at) except? -1

@cython.locals(i=Py_ssize_t)
cdef void move(const unsigned char* page, Py_ssize_t page_size, Py_ssize_t at, Py_ssize_t length, unsigned char* out, Py_ssize_t to) noexcept

@cython.locals(a=cython.uchar, b=cython.uchar, c=cython.uchar, d=cython.uchar, e=cython.uchar, f=cython.uchar, g=cython.uchar, h=cython.uchar)
cdef void move_eight(const unsigned char* page, Py_ssize_t at, unsigned char* out, Py_ssize_t to) noexcept
