"""The base of every request body: strict types, limits of size, and bodies of one of several forms.

Put a limit here when more than one kind of request keeps it. A request's own fields are in `requests` and
`track_requests`.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, RootModel, field_validator
from pydantic_core import PydanticCustomError

MAX_ITEMS = 1_000
"""Items of one batch."""
MAX_CHARACTERS = 200_000
"""Characters of all texts of one batch."""
MAX_BYTES = 12 * MAX_CHARACTERS + 64 * MAX_ITEMS
"""Bytes of the largest body within those limits: a character takes at most 12 bytes as JSON escapes."""
TOO_LARGE = "too_large"
"""The type of the errors that the service answers with 413."""

SINGLE, BATCH, TRACK, FEATURES, LIST = "<one>", "<batch>", "<track>", "<features>", "<list>"
FORMS = frozenset({SINGLE, BATCH, TRACK, FEATURES, LIST})
"""The names of a body's forms. Pydantic puts them into an error's path, where no client would understand them."""


class Body(BaseModel):
    """A JSON object with known fields only. A number is no text, `true` is no number, and NaN is refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)


class OneOf(RootModel[Any]):
    """A body of one of several forms. Its field `root` is a union that names them."""

    model_config = ConfigDict(hide_input_in_errors=True)

    @classmethod
    def fields_schema(cls) -> dict[str, Any]:
        """The JSON schema of an object with the fields of all forms; required are those that every form requires."""
        schema = cls.model_json_schema()
        forms = [schema["$defs"][form["$ref"].rsplit("/", 1)[1]] for form in schema["oneOf"]]
        required = set.intersection(*(set(form.get("required", ())) for form in forms))
        properties = {name: described for form in forms for name, described in form["properties"].items()}
        return {"type": "object", "properties": properties, "required": sorted(required), "$defs": schema["$defs"]}


def fields(body: Any) -> set[str]:
    """The names of the fields that a body was given; empty where it is no object."""
    if isinstance(body, BaseModel):
        return set(body.model_fields_set)
    return set(body) if isinstance(body, dict) else set()


class Batch(Body):
    """Many items in one request: at most `MAX_ITEMS`, with `MAX_CHARACTERS` in all."""

    @field_validator("items", mode="before", check_fields=False)
    @classmethod
    def _sized(cls, items: Any) -> Any:
        if isinstance(items, list):
            _at_most(MAX_ITEMS, len(items), "items")
            values = (value for item in items if isinstance(item, dict) for value in item.values())
            _at_most(MAX_CHARACTERS, sum(len(v) for v in values if isinstance(v, str)), "characters in all")
        return items


def _at_most(most: int, given: int, unit: str) -> None:
    if given > most:
        limit = {"most": most, "given": given, "unit": unit}
        raise PydanticCustomError(TOO_LARGE, "At most {most} {unit} are allowed, not {given}", limit)
