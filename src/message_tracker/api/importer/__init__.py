"""The importer: reads the recipients that requests only named, and accepts their messages."""
