"""The engine as a WebAssembly component: the only place that knows the types generated from
`wit/dbms.wit`.
"""
