"""A component with the exports of the contract that is a page of text, for tests of the host alone.

Only these do something; every other function takes nothing and gives ok.

    rows.select(query, none)       ok(query)
    rows.select(query, some(13))   traps
    rows.select(query, some(n))    err of the n-th error code, "out of order", `{"table": "t"}`
    columns.insert-bytes(...)      ok(the number of bytes)
"""

from wasidb.errors import WIRE_ERRORS
from wasidb.runtime.contract import INTERFACES, PACKAGE

TRAPS = 13

CORE = r"""
  (core module $code
    (memory (export "memory") 64)
    (data (i32.const 64) "out of order")
    (data (i32.const 80) "{\"table\": \"t\"}")
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 1024)
    (func (export "nothing") (result i32) i32.const 0)
    (func (export "takes-texts") (param i32 i32 i32 i32) (result i32) i32.const 0)
    (func (export "echo") (param $at i32) (param $size i32) (param $is i32) (param $tx i64)
      (result i32)
      (if (local.get $is)
        (then
          (if (i64.eq (local.get $tx) (i64.const 13)) (then unreachable))
          (i32.store8 (i32.const 16) (i32.const 1))
          (i32.store8 (i32.const 20) (i32.wrap_i64 (local.get $tx)))
          (i32.store (i32.const 24) (i32.const 64))
          (i32.store (i32.const 28) (i32.const 12))
          (i32.store (i32.const 32) (i32.const 80))
          (i32.store (i32.const 36) (i32.const 14)))
        (else
          (i32.store8 (i32.const 16) (i32.const 0))
          (i32.store (i32.const 20) (local.get $at))
          (i32.store (i32.const 24) (local.get $size))))
      i32.const 16)
    (func (export "size")
      (param $name i32) (param i32) (param i32) (param $size i32) (param i32) (param i64)
      (result i32)
      (i32.store8 (i32.const 16) (i32.const 0))
      (i64.store (i32.const 24) (i64.extend_i32_u (local.get $size)))
      i32.const 16))
  (core instance $i (instantiate $code))
"""

NOTHING = '(result (result)) (canon lift (core func $i "nothing"))'
MEMORY = '(memory (core memory $i "memory")) (realloc (core func $i "realloc"))'
FUNCTIONS = {
    "rows.select": f"""(param "query" string) (param "tx" (option u64))
      (result (result string (error $error)))
      (canon lift (core func $i "echo") {MEMORY})""",
    "columns.insert-bytes": f"""(param "table" string) (param "arrow" (list u8))
      (param "tx" (option u64)) (result (result u64 (error $error)))
      (canon lift (core func $i "size") {MEMORY})""",
    "maintenance.open": f"""(param "path" string) (param "options" string) (result (result))
      (canon lift (core func $i "takes-texts") {MEMORY})""",
}


def component(*, without: str = "") -> str:
    """The component in text form; `without` leaves a function out."""
    codes = " ".join(f'"{code}"' for code in WIRE_ERRORS)
    interfaces = "".join(interface(name, without) for name in INTERFACES)
    return f"""(component {CORE}
  (type $code' (enum {codes}))
  (export $code "error-code" (type $code'))
  (type $error' (record (field "code" $code) (field "message" string) (field "details" string)))
  (export $error "error" (type $error'))
  {interfaces})"""


def interface(name: str, without: str) -> str:
    """One exported interface."""
    functions = [each for each in INTERFACES[name].functions if f"{name}.{each}" != without]
    lifted = "\n".join(
        f"  (func ${name}.{each} {FUNCTIONS.get(f'{name}.{each}', NOTHING)})" for each in functions
    )
    exports = " ".join(f'(export "{each}" (func ${name}.{each}))' for each in functions)
    return f"""{lifted}
  (instance ${name} {exports})
  (export "{PACKAGE}/{name}" (instance ${name}))
"""
