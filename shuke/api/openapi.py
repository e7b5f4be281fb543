"""The OpenAPI 3.1 document, made from the kinds: what each door takes and tells, within one person's rights."""

from __future__ import annotations

import json
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import get_language

from shuke.core import filters, firm, listing, widgets
from shuke.core import forms as kind_forms
from shuke.core import kind as kinds
from shuke.core.columns import CUSTOM, Column
from shuke.core.kind import Kind

Schema = dict[str, Any]

MOST, FEW = 500, 50  # items of one page: at most, and when no limit is said
UNWRITABLE = {"owner"}  # changed by verbs alone: whoever may edit a record must not give it away by a body
READ_REFUSALS = [400, 401, 404, 405]
WRITE_REFUSALS = [*READ_REFUSALS, 403, 409, 412, 413, 415, 422]
RELATIONS = (widgets.RelationFormField, forms.ModelChoiceField)
SEVERAL = (widgets.WordsFormField, forms.MultipleChoiceField)

TEXT: Schema = {"type": "string"}
NULL: Schema = {"type": "null"}
DAY: Schema = {"type": "string", "format": "date"}
DECIMAL: Schema = {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"}
AMOUNT: Schema = {"$ref": "#/components/schemas/Amount"}

# What a form field takes from a body: the types of the parsed value, and their schema. The first that fits counts.
TAKES: list[tuple[tuple[type[forms.Field], ...], tuple[type, ...], Schema]] = [
    (RELATIONS, (int,), {"type": "integer"}),
    ((widgets.MoneyFormField,), (str, dict), {"anyOf": [DECIMAL, AMOUNT]}),
    ((widgets.NumberFormField,), (int, Decimal, str), {"type": ["number", "string"]}),
    (SEVERAL, (list,), {"type": "array", "items": TEXT}),
    ((forms.BooleanField,), (bool,), {"type": "boolean"}),
    ((forms.ChoiceField,), (str, bool, int), {}),
    ((forms.DateField,), (str,), DAY),
    ((forms.Field,), (str,), TEXT),
]
# What `Column.plain` and the doors tell, by the column's type; a type that is not here is a text.
TELLS: dict[str, Schema] = {
    "number": {"type": "integer"},
    "money": AMOUNT,
    "date": DAY,
    "moment": {"type": "string", "format": "date-time"},
    "yesno": {"type": "boolean"},
    "words": {"type": "array", "items": TEXT},
    "relation": {"$ref": "#/components/schemas/Reference"},
}


def takes(field: forms.Field) -> tuple[tuple[type, ...], Schema]:
    return next((types, schema) for classes, types, schema in TAKES if isinstance(field, classes))


def writable(form: Any) -> dict[str, forms.Field]:
    """The fields of a form that a body may fill."""
    own = {name: field for name, field in form.fields.items() if name not in UNWRITABLE}
    return {name: field for name, field in own.items() if not isinstance(field, widgets.UnseenFormField)}


def document(user: Any) -> str:
    """The whole document as JSON, kept per revision of the firm and per rights: people of one role share it."""
    mine = [kind for kind in kinds.every() if kind.is_on and kind.may(user, "view")]
    rights = tuple((kind.path, *verbs(kind, user), *sorted(kind.levels(user).items())) for kind in mine)
    kept: dict[Any, str] = firm.kept("openapi", dict)
    key = (get_language(), rights)
    if key not in kept:
        kept[key] = json.dumps(make(mine, user), cls=DjangoJSONEncoder, ensure_ascii=False)
    return kept[key]


def verbs(kind: Kind, user: Any) -> list[str]:
    """What a person may do with some record of the kind."""
    plain = ["create", "change"] if kind.form else []
    return [verb for verb in [*plain, "delete", *(action.name for action in kind.actions)] if kind.may(user, verb)]


def make(mine: list[Kind], user: Any) -> Schema:
    schemas: Schema = {
        "Amount": thing({"amount": DECIMAL, "currency": TEXT}, ["amount", "currency"]),
        "Reference": thing({"id": {"type": ["integer", "null"]}, "name": TEXT}, ["id", "name"]),
        "Error": thing({"error": TEXT, "fields": {"type": "object"}}, ["error"]),
    }
    paths: Schema = {}
    for kind in mine:
        add(kind, user, paths, schemas)
    refusals = {str(status): answer(HTTPStatus(status).phrase, ref("Error")) for status in [*WRITE_REFUSALS, 428]}
    token = {"token": {"type": "http", "scheme": "bearer"}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shuke", "version": "1"},
        "security": [{"token": []}],
        "paths": paths,
        "components": {"schemas": schemas, "responses": refusals, "securitySchemes": token},
    }


def add(kind: Kind, user: Any, paths: Schema, schemas: Schema) -> None:
    """The addresses of one kind and what goes through them. Schemas are named by paths, so no two have the same name."""
    allowed = verbs(kind, user)
    schemas[kind.path] = item_of(kind, user)
    done = {**answer(kind.label, ref(kind.path)), "headers": {"ETag": {"schema": TEXT}}}
    here, there = f"/api/v1/{kind.path}", f"/api/v1/{kind.path}/{{id}}"
    page = {"items": listed(ref(kind.path)), "next": maybe(TEXT), "count": {"type": "integer"}, "capped": {"type": "boolean"}}
    paths[here] = {"get": operation(kind, "list", {"200": answer(kind.plural, thing(page, [*page]))}, parameters(kind, user))}
    paths[there] = {"get": operation(kind, "get", {"200": done}, [ID])}
    if "create" in allowed:
        schemas[f"{kind.path}.create"] = body(kind_forms.form_for(kind, user))
        paths[here]["post"] = operation(kind, "create", {"201": done}, [KEY], f"{kind.path}.create")
    if "change" in allowed:
        schemas[f"{kind.path}.change"] = {**body(kind_forms.form_for(kind, user)), "required": []}
        paths[there]["patch"] = operation(kind, "change", {"200": done}, [ID, MATCH, KEY], f"{kind.path}.change")
    if "delete" in allowed:
        paths[there]["delete"] = operation(kind, "delete", {"204": {"description": ""}}, [ID, {**MATCH, "required": False}, KEY])
    for action in kind.actions:
        if action.name in allowed:
            schemas[f"{kind.path}.do.{action.name}"] = body((action.form or forms.Form)())
            made = operation(kind, action.name, {"200": done}, [ID, KEY], f"{kind.path}.do.{action.name}")
            paths[f"{there}/{action.name}"] = {"post": {**made, "summary": action.label, "description": action.__doc__ or ""}}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, NULL]}


def listed(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def thing(properties: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def answer(description: Any, schema: Schema) -> Schema:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def item_of(kind: Kind, user: Any) -> Schema:
    columns = kind.every(user)
    extra = thing({column.key.removeprefix(CUSTOM): told(column) for column in columns if column.custom}, [])
    own = {column.key: told(column) for column in columns if not column.custom}
    return thing({**own, "extra": extra}, ["id", "version"])


def told(column: Column) -> Schema:
    """The schema of a column as the doors tell it."""
    field, made = column.field, TELLS.get(column.type, TEXT)
    if column.type == "number" and field is None:
        made = {"type": "number"}
    elif isinstance(field, models.DecimalField):
        made = DECIMAL
    elif column.type == "state":
        made = {"enum": [*(column.choices or {}), ""]}
    return {**(maybe(made) if field is None or field.null else made), "title": column.label}


def body(form: Any) -> Schema:
    """What a body may say to a form, and what it must: the fields that the form demands and does not begin with a value."""
    own: Schema = {}
    extra: Schema = {}
    needed: dict[bool, list[str]] = {False: [], True: []}
    for name, field in writable(form).items():
        custom = name.startswith(CUSTOM)
        (extra if custom else own)[name.removeprefix(CUSTOM)] = taken(field)
        if field.required and form.get_initial_for_field(field, name) in (None, "", []):
            needed[custom].append(name.removeprefix(CUSTOM))
    if extra:
        own["extra"] = thing(extra, needed[True])
    return thing(own, [*needed[False], *(["extra"] if needed[True] else [])])


def taken(field: forms.Field) -> Schema:
    made = takes(field)[1]
    if isinstance(field, forms.ChoiceField) and not isinstance(field, (*RELATIONS, *SEVERAL)):
        made = {"enum": [{"True": True, "False": False}.get(key, key) for key, _label in field.choices if key != ""]}
    return {**(made if field.required or isinstance(field, widgets.TickFormField) else maybe(made)), "title": field.label}


def operation(kind: Kind, name: str, done: Schema, parameters: list[Schema], schema: str = "") -> Schema:
    refusals = READ_REFUSALS if name in ("list", "get") else [*WRITE_REFUSALS, *([428] if name == "change" else [])]
    answers = {str(status): {"$ref": f"#/components/responses/{status}"} for status in refusals}
    content = {"application/json": {"schema": ref(schema)}}
    asked = {"requestBody": {"content": content, "required": name in ("create", "change")}} if schema else {}
    named = {"operationId": f"{kind.path}.{name}", "tags": [kind.path]}
    return {**named, "parameters": parameters, "responses": {**done, **answers}, **asked}


def parameters(kind: Kind, user: Any) -> list[Schema]:
    sorts = [sign + word for word in ("newest", *listing.sorts(kind, user)) for sign in ("", "-")]
    named = [(name, narrowed(filter)) for filter in filters.offered(kind, user) for name in filter.names]
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": FEW}
    plain = [("q", TEXT), ("sort", {"enum": sorts}), ("limit", limit), ("cursor", TEXT)]
    return [{"name": name, "in": "query", "schema": schema} for name, schema in [*plain, *named]]


def narrowed(filter: filters.Filter) -> Schema:
    if filter.column.choices:
        return listed({"enum": list(filter.column.choices)})
    return TEXT if filter.column.type in {*filters.RANGED, "yesno"} else listed(TEXT)


ID: Schema = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
MATCH: Schema = {"name": "If-Match", "in": "header", "required": True, "schema": TEXT}
KEY: Schema = {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 64}}
