cimport cython

@cython.locals(source=object, kept=dict)
cpdef object frame_at(object pages, object number)
