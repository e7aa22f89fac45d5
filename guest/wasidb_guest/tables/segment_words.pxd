cimport cython
from libc.stdint cimport int32_t, uint32_t, uint64_t
from wasidb_guest.encoding.record_slots cimport place_records

cdef Py_ssize_t PAGE_SIZE, SIZE_MAX, ENTRY_SIZE
cdef uint64_t CHANGED, UNLISTED, PLACE_BITS

cpdef uint64_t word(uint64_t offset, uint64_t size, uint64_t place) except? 0

@cython.locals(at=Py_ssize_t, slot=Py_ssize_t, page=uint32_t, offset=uint32_t, size=uint32_t)
cpdef Py_ssize_t read_segments(const unsigned char[::1] table, Py_ssize_t count, Py_ssize_t first_place, dict words) except? -1

@cython.locals(index=Py_ssize_t)
cpdef Py_ssize_t first_of_size(const uint64_t[::1] words, uint64_t size) except? -1

@cython.locals(sizes=list, i=Py_ssize_t, size=Py_ssize_t)
cpdef list sizes_without(const uint64_t[::1] words, const uint64_t[::1] others, unsigned char[::1] seen)

@cython.locals(i=Py_ssize_t, first=Py_ssize_t, last=Py_ssize_t, count=Py_ssize_t)
cpdef void free_gaps(dict words, list pages, const int32_t[::1] limits, const int32_t[::1] starts, const int32_t[::1] ends, list vacated) except *

@cython.locals(last=Py_ssize_t, count=Py_ssize_t, is_open=bint, is_gap=bint, at=Py_ssize_t, gap=Py_ssize_t, offset=Py_ssize_t, size=Py_ssize_t, end=Py_ssize_t, place=uint64_t, before=uint64_t)
cdef Py_ssize_t merge_gaps(const uint64_t[::1] words, const int32_t[::1] starts, const int32_t[::1] ends, uint64_t[::1] merged, list vacated) except? -1

@cython.locals(index=Py_ssize_t, first=Py_ssize_t, last=Py_ssize_t, offset=Py_ssize_t, place=uint64_t, behind=uint64_t, out=uint64_t[::1], i=Py_ssize_t)
cpdef object add_gap(const uint64_t[::1] words, Py_ssize_t start, Py_ssize_t end, list vacated)

@cython.locals(index=Py_ssize_t, left=Py_ssize_t, place=uint64_t, last=Py_ssize_t, out=uint64_t[::1], i=Py_ssize_t)
cpdef object take_front(const uint64_t[::1] words, uint64_t offset, Py_ssize_t size, list vacated)

@cython.locals(content=cython.p_uchar, page_size=Py_ssize_t, i=Py_ssize_t, offset=Py_ssize_t, size=Py_ssize_t, end=Py_ssize_t, in_use=cython.uchar, at=Py_ssize_t, placed=Py_ssize_t, used=Py_ssize_t, place=uint64_t)
cpdef Py_ssize_t fill_segments(object page, uint64_t[::1] words, Py_ssize_t first, Py_ssize_t last, Py_ssize_t stride, object records, const int32_t[::1] starts, Py_ssize_t row, Py_ssize_t count, uint64_t number, uint64_t[::1] addresses) except? -1

@cython.locals(kept=Py_ssize_t, i=Py_ssize_t)
cpdef Py_ssize_t drop_used(uint64_t[::1] words, list vacated) except? -1

@cython.locals(count=Py_ssize_t, unlisted=Py_ssize_t, each=uint64_t[::1], i=Py_ssize_t)
cpdef tuple count_changed(dict words, list pages)

@cython.locals(count=Py_ssize_t, taken=Py_ssize_t, number=uint64_t, each=uint64_t[::1], i=Py_ssize_t, place=uint64_t, offset=uint64_t, size=uint64_t)
cpdef void list_changed(dict words, list pages, const uint32_t[::1] supply, uint64_t[::1] entries, uint32_t[::1] places) except *

@cython.locals(taken=Py_ssize_t, number=uint64_t, each=uint64_t[::1], i=Py_ssize_t, place=uint64_t, offset=uint64_t, size=uint64_t, table=Py_ssize_t, slot=Py_ssize_t, at=Py_ssize_t, target=cython.p_uchar, count=Py_ssize_t)
cpdef void put_changed(dict words, list pages, list supply, list tables, uint64_t table_size, list counts, object store) except *

@cython.locals(out=uint32_t[::1], i=Py_ssize_t)
cpdef object consecutive(Py_ssize_t first, Py_ssize_t past)

@cython.locals(i=Py_ssize_t, place=Py_ssize_t, table=Py_ssize_t, slot=Py_ssize_t)
cpdef void slots_by_table(const uint32_t[::1] places, Py_ssize_t table_size, int32_t[::1] first, int32_t[::1] last) except *

@cython.locals(current=Py_ssize_t, i=Py_ssize_t, table=Py_ssize_t, slot=Py_ssize_t, target=cython.p_uchar)
cpdef void put_entries(list tables, Py_ssize_t table_size, const uint64_t[::1] entries, const uint32_t[::1] places) except *

@cython.locals(byte=Py_ssize_t)
cdef void put_entry(unsigned char* table, Py_ssize_t at, uint64_t entry) noexcept

@cython.locals(i=Py_ssize_t, at=Py_ssize_t, last=Py_ssize_t, byte=Py_ssize_t, page=uint32_t, offset=uint32_t)
cpdef void take_out(unsigned char[::1] table, Py_ssize_t count, Py_ssize_t first_place, const uint32_t[::1] vacated, dict words) except *

@cython.locals(each=uint64_t[::1], index=Py_ssize_t)
cdef void move_place(dict words, object page, uint64_t offset, uint64_t before, uint64_t after) except *

@cython.locals(low=Py_ssize_t, high=Py_ssize_t, middle=Py_ssize_t)
cpdef Py_ssize_t lower_bound(const uint64_t[::1] words, uint64_t offset) except? -1

cdef uint32_t u16_at(const unsigned char[::1] table, Py_ssize_t at) except? 0
