"""Write the first files of a domain or of a product: what a team would otherwise copy from a neighbour.

Standard library only. The files themselves are under `templates/`: text with `$name` in it.
"""
