/* Python.h with reference counting done by calls, included before every kernel.
 *
 * The macros of the build's headers write the count of CPython 3.11 or whichever is installed; the interpreter inside
 * the component is 3.14, where some objects are immortal and say so in that very field. Done inline, the two disagree
 * and over time an immortal object is freed. Py_IncRef and Py_DecRef are functions of the interpreter that really runs,
 * and accept NULL.
 */
#ifndef WASIDB_COUNTED_H
#define WASIDB_COUNTED_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#undef Py_INCREF
#undef Py_DECREF
#undef Py_XINCREF
#undef Py_XDECREF
#undef Py_CLEAR
#undef Py_NewRef
#undef Py_XNewRef

#define Py_INCREF(object) Py_IncRef((PyObject *)(object))
#define Py_DECREF(object) Py_DecRef((PyObject *)(object))
#define Py_XINCREF(object) Py_IncRef((PyObject *)(object))
#define Py_XDECREF(object) Py_DecRef((PyObject *)(object))
#define Py_CLEAR(object)                               \
    do {                                               \
        PyObject *cleared_ = (PyObject *)(object);     \
        (object) = NULL;                               \
        Py_DecRef(cleared_);                           \
    } while (0)

#endif
