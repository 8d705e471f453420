"""Recommendations: generators of candidates behind one interface, a learnt ranker, cold start, offline metrics.

Read from the inside out: `generator` is the interface, `popularity` … `autoencoder` its implementations and `compare`
puts them side by side. `evidence` reads the lake, `taste` is what was known of everybody at a day, `candidates` and
`features` make the rows that `ranker` orders, `diversity` and `reasons` finish a list, `liked` starts without history.
"""
