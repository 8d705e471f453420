"""The embedded catalog: DataHub's metadata on a web page of our own, read-only, for one machine.

Everything shown comes from the metadata file; the lake adds what is measured and a few rows.
"""
