"""DataHub's schemas as quick judges of JSON: what is missing, unknown or of another type in an aspect.

DataHub's own reader drops fields that it does not know without a word and takes a third of a millisecond an aspect; a
schema compiled into functions finds both in a fiftieth of that.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

Judge = Callable[[Any], str]
"""Says what is wrong with a value, beginning with where; "" where nothing is."""
_NUMBERS: Final = {"int": (int,), "long": (int,), "float": (int, float), "double": (int, float)}
_OURS, _AVROS = "com.linkedin.", "com.linkedin.pegasus2avro."
"""How the names of types begin in JSON and in DataHub's Avro schemas."""


class Shapes:
    """Judges of aspects, each compiled when it is first asked for."""

    def __init__(self) -> None:
        self._named: dict[str, Judge] = {}

    def of(self, schema: Any) -> Judge:
        """The judge of a schema.

        Args:
            schema: An Avro schema, as DataHub's aspect classes carry it.
        """
        name = getattr(schema, "fullname", None)
        if schema.type in {"record", "enum"} and name:
            if name not in self._named:
                self._named[name] = self._later(name)  # a type may hold itself
                self._named[name] = self._record(schema) if schema.type == "record" else _enum(schema)
            return self._named[name]
        return self._unnamed(schema)

    def _later(self, name: str) -> Judge:
        def judge(value: Any) -> str:
            return self._named[name](value)

        return judge

    def _unnamed(self, schema: Any) -> Judge:
        if schema.type == "union":
            return self._union(schema)
        if schema.type == "array":
            return _array(self.of(schema.items))
        if schema.type == "map":
            return _map(self.of(schema.values))
        return _primitive(schema.type)

    def _record(self, schema: Any) -> Judge:
        judges = {field.name: self.of(field.type) for field in schema.fields}
        required = {field.name for field in schema.fields if not field.has_default}

        def judge(value: Any) -> str:
            if not isinstance(value, Mapping):
                return f" is {_shown(value)} (rule: a {schema.name})"
            for name, inner in value.items():
                if name not in judges:
                    return f".{name} is unknown (rule: one of {', '.join(judges)})"
                if wrong := judges[name](inner):
                    return f".{name}{wrong}"
            missing = required - value.keys()
            return f".{min(missing)} is missing" if missing else ""

        return judge

    def _union(self, schema: Any) -> Judge:
        """A choice of types: bare where only one is no null, else named by its type."""
        choices = {_name(each): self.of(each) for each in schema.schemas if each.type != "null"}
        optional = len(choices) < len(schema.schemas)
        only = next(iter(choices.values())) if len(choices) == 1 else None

        def judge(value: Any) -> str:
            if value is None:
                return "" if optional else " is null (rule: a value)"
            if only is not None:
                return only(value)
            if not isinstance(value, Mapping) or len(value) != 1:
                return f" is {_shown(value)} (rule: one of {', '.join(choices)} by name)"
            [(name, inner)] = value.items()
            return choices[name](inner) if name in choices else f" is a {name} (rule: one of {', '.join(choices)})"

        return judge


def _name(schema: Any) -> str:
    name: str = getattr(schema, "fullname", schema.type)
    return name.replace(_AVROS, _OURS, 1)


def _enum(schema: Any) -> Judge:
    known = frozenset(schema.symbols)
    return lambda value: "" if value in known else f" is {_shown(value)} (rule: one of {', '.join(sorted(known))})"


def _array(judge_item: Judge) -> Judge:
    def judge(value: Any) -> str:
        if not isinstance(value, list):
            return f" is {_shown(value)} (rule: a list)"
        return next((f"[{n}]{wrong}" for n, item in enumerate(value) if (wrong := judge_item(item))), "")

    return judge


def _map(judge_item: Judge) -> Judge:
    def judge(value: Any) -> str:
        if not isinstance(value, Mapping):
            return f" is {_shown(value)} (rule: a map)"
        return next((f".{name}{wrong}" for name, item in value.items() if (wrong := judge_item(item))), "")

    return judge


def _primitive(kind: str) -> Judge:
    if kind in _NUMBERS:
        allowed = _NUMBERS[kind]
        return lambda v: "" if isinstance(v, allowed) and not isinstance(v, bool) else f" is {_shown(v)} (rule: {kind})"
    python = bool if kind == "boolean" else str
    return lambda v: "" if isinstance(v, python) else f" is {_shown(v)} (rule: {kind})"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
