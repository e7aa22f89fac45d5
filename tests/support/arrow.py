"""Arrow data as the bytes of an IPC stream, the form in which `columns.insert-bytes` takes it."""

import pyarrow as pa


def arrow_bytes(data: pa.Table) -> bytes:
    """An IPC stream of the table's batches."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, data.schema) as writer:
        writer.write_table(data)
    stream: bytes = sink.getvalue().to_pybytes()
    return stream
