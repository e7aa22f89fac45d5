"""Reads Arrow IPC streams, the form of bulk data; `stream.read_stream` is the way in."""
