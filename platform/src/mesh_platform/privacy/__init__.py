"""Personal data: where a person's data lives, how it is hidden, how it is erased, how long old states are kept.

Works from the published documents, the lake and the model registry; knows no domain.
"""
