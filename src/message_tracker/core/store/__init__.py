"""Postgres by psycopg 3: SQL in files, one module per aggregate."""
