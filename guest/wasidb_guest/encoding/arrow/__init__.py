"""Arrow IPC streams, the form of bulk data; in with `stream`, out with `stream_writer`."""
