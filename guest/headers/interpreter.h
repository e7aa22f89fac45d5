/* Python.h as the interpreter inside the component has it, included before every kernel.
 *
 * The headers of the build are those of CPython 3.11 or whichever is installed; inside the component is 3.14, whose
 * Limited API has more: a kernel is called, and calls, with its arguments where they are and not in a tuple. What is
 * declared here is what Cython takes of it. Natively kernels keep to the Limited API of 3.11.
 */
#ifndef WASIDB_INTERPRETER_H
#define WASIDB_INTERPRETER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#undef PY_VERSION_HEX
#define PY_VERSION_HEX 0x030E0000
#undef Py_LIMITED_API
#define Py_LIMITED_API 0x030E0000

#define Py_tp_vectorcall 82
#define Py_TPFLAGS_HAVE_VECTORCALL (1UL << 11)
#define PY_VECTORCALL_ARGUMENTS_OFFSET ((size_t)1 << (8 * sizeof(size_t) - 1))

typedef PyObject *(*PyCFunctionFast)(PyObject *, PyObject *const *, Py_ssize_t);
typedef PyObject *(*PyCFunctionFastWithKeywords)(PyObject *, PyObject *const *, Py_ssize_t, PyObject *);
typedef PyObject *(*vectorcallfunc)(PyObject *, PyObject *const *, size_t, PyObject *);

int PyDict_GetItemRef(PyObject *, PyObject *, PyObject **);
int PyDict_GetItemStringRef(PyObject *, const char *, PyObject **);
PyObject *PyErr_GetRaisedException(void);
void PyErr_SetRaisedException(PyObject *);
PyObject *PyImport_AddModuleRef(const char *);
PyObject *PyList_GetItemRef(PyObject *, Py_ssize_t);
int PyLong_AsInt(PyObject *);
int PyObject_GetOptionalAttr(PyObject *, PyObject *, PyObject **);
int PyObject_GetOptionalAttrString(PyObject *, const char *, PyObject **);
int PyObject_HasAttrWithError(PyObject *, PyObject *);
PyObject *PyObject_Vectorcall(PyObject *, PyObject *const *, size_t, PyObject *);
PyObject *PyObject_VectorcallMethod(PyObject *, PyObject *const *, size_t, PyObject *);
PyObject *PyType_FromMetaclass(PyTypeObject *, PyObject *, PyType_Spec *, PyObject *);
int PyUnicode_Equal(PyObject *, PyObject *);
PyObject *PyVectorcall_Call(PyObject *, PyObject *, PyObject *);
Py_ssize_t PyVectorcall_NARGS(size_t);

/* Reference counting by calls: the macros of the build's headers write the count as that version does; in 3.14 some
 * objects are immortal and say so in that very field. Done inline, the two disagree and over time an immortal object is
 * freed. Py_IncRef and Py_DecRef are functions of the interpreter that really runs, and accept NULL.
 */
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
