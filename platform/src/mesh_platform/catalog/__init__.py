"""The catalog: the metadata of the whole mesh in DataHub's words, from the documents, the lake and the registry.

`build` writes it as DataHub change proposals, `check` judges them. Needs no domain's code. Proposals are plain values,
so building imports no DataHub; only `check` asks DataHub's registry which aspects an entity may have.
"""
