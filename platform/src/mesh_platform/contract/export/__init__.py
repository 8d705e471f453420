"""The published documents: contracts as ODCS, products as ODPS, written from the code and read without it.

`documents` writes and compares them, `read` reads them back. This file imports neither: readers of the documents
(the command line, the API) must not pay for the contract language.
"""
