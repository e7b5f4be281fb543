"""What a business object must not be declared as: the store would change rows of which neither journal nor undo would know."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import Error
from django.db import models

from shuke.core.record import Owned, Record

KNOWN = (models.PROTECT, models.CASCADE)  # what `Record.delete` follows: who requires this one, what belongs to it


def records(app_configs: Any = None, **kwargs: Any) -> list[Error]:
    """A system check over every Record."""
    return [error for model in apps.get_models() if issubclass(model, Record) for error in faults(model)]


def faults(model: type[Record]) -> Iterator[Error]:
    meta = model._meta
    if meta.parents:
        yield Error(f"{meta.label} inherits a table. Inherit from abstract models only.", obj=model, id="shuke.E001")
    for field in meta.concrete_fields:
        if field.is_relation and field.remote_field.on_delete not in KNOWN:
            yield Error(f"{meta.label}.{field.name} must be PROTECT, or CASCADE for a part of it.", obj=field, id="shuke.E002")
    if issubclass(model, Owned) and not any(index.fields[:1] == ["owner"] for index in meta.indexes):
        yield Error(f"{meta.label} needs an index that begins with its owner: lists go along it.", obj=model, id="shuke.E005")
    for field in meta.many_to_many:
        if not issubclass(field.remote_field.through, Record):
            yield Error(f"{meta.label}.{field.name} needs a Record of its own as `through`.", obj=field, id="shuke.E003")
    for field in meta.private_fields:
        if field.is_relation:
            yield Error(f"{meta.label}.{field.name} is generic: name the kind and its id instead.", obj=field, id="shuke.E004")
