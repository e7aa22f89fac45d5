cimport cython
from libc.stdint cimport int32_t, int64_t, uint32_t, uint64_t

cdef uint64_t HASH_SEED, HASH_PRIME, HASH_MASK
cdef Py_ssize_t WORD_SIZE
cdef uint32_t NO_ROW, NO_NUMBER

@cython.locals(count=uint32_t, null_number=uint32_t, slot_mask=uint32_t, slot=uint32_t, has_nulls=bint, row=Py_ssize_t, end=Py_ssize_t, start=Py_ssize_t, length=Py_ssize_t, entry=uint32_t, known=Py_ssize_t, at=Py_ssize_t)
cpdef Py_ssize_t number_distinct(const unsigned char* data, Py_ssize_t size, const int32_t[::1] offsets, const unsigned char[::1] flags, int32_t[::1] slots, uint32_t[::1] first, uint32_t[::1] numbers) except? -1

@cython.locals(slot_mask=uint32_t, slot=uint32_t, has_nulls=bint, row=Py_ssize_t, end=Py_ssize_t, start=Py_ssize_t, length=Py_ssize_t, entry=uint32_t, row_known=Py_ssize_t, at=Py_ssize_t)
cpdef void find_numbers(const unsigned char* data, Py_ssize_t size, const int32_t[::1] offsets, const unsigned char[::1] flags, const int32_t[::1] slots, const unsigned char* known, Py_ssize_t known_size, const int32_t[::1] known_offsets, const uint32_t[::1] first, uint32_t null_number, uint32_t[::1] numbers) except *

cdef int check_run(Py_ssize_t start, Py_ssize_t length, Py_ssize_t size) except -1

@cython.locals(value=uint64_t, at=Py_ssize_t)
cdef uint32_t hash_run(const unsigned char* data, Py_ssize_t size, Py_ssize_t start, Py_ssize_t length) noexcept

@cython.locals(at=Py_ssize_t, word=uint64_t)
cdef bint is_same(const unsigned char* data, Py_ssize_t size, Py_ssize_t start, const unsigned char* others, Py_ssize_t others_size, Py_ssize_t other, Py_ssize_t length) noexcept

@cython.locals(count=Py_ssize_t, word=uint64_t, i=Py_ssize_t, byte=uint64_t, a=uint64_t, b=uint64_t, c=uint64_t, d=uint64_t, e=uint64_t, f=uint64_t, g=uint64_t, h=uint64_t)
cdef uint64_t word_at(const unsigned char* data, Py_ssize_t size, Py_ssize_t at, Py_ssize_t left) noexcept

@cython.locals(row=Py_ssize_t, count=Py_ssize_t)
cpdef Py_ssize_t rows_by_number(const uint32_t[::1] numbers, bint has_number, uint32_t[::1] rows) except? -1

@cython.locals(seen=uint32_t, row=Py_ssize_t)
cpdef void first_rows(const uint32_t[::1] numbers, uint32_t[::1] first) except *

@cython.locals(has_nulls=bint, count=Py_ssize_t, row=Py_ssize_t, number=Py_ssize_t, at=uint32_t)
cpdef void list_rows(const uint32_t[::1] numbers, const unsigned char[::1] flags, uint32_t[::1] starts, uint32_t[::1] rows) except *

@cython.locals(row=Py_ssize_t, partners=uint32_t, total=int64_t)
cpdef int64_t count_pairs(const uint32_t[::1] numbers, Py_ssize_t first, Py_ssize_t last, const uint32_t[::1] starts, bint keep_unmatched) except? -1

@cython.locals(pair=Py_ssize_t, row=Py_ssize_t, start=Py_ssize_t, end=Py_ssize_t, at=Py_ssize_t)
cpdef void write_pairs(const uint32_t[::1] numbers, Py_ssize_t first, Py_ssize_t last, const uint32_t[::1] starts, const uint32_t[::1] rows, bint keep_unmatched, uint32_t[::1] left, uint32_t[::1] right) except *

@cython.locals(row=Py_ssize_t)
cpdef void mark_numbers(const uint32_t[::1] numbers, unsigned char[::1] marks) except *

@cython.locals(row=Py_ssize_t, count=Py_ssize_t)
cpdef Py_ssize_t unmarked_rows(const uint32_t[::1] numbers, const unsigned char[::1] marks, uint32_t[::1] rows) except? -1
