"""Columns of a config as Arrow's schema. Apart from the configs, since whoever names a config need not load Arrow."""

import pyarrow as pa

from labeling.datasets.configs.columns import Columns, Type


def schema(columns: Columns) -> pa.Schema:
    return pa.schema([(name, arrow(kind)) for name, kind in columns.items()])


def arrow(kind: Type) -> pa.DataType:
    if isinstance(kind, dict):
        return pa.struct([(name, arrow(inner)) for name, inner in kind.items()])
    return pa.list_(arrow(kind[0])) if isinstance(kind, list) else pa.type_for_alias(kind)
