"""The full-text index: FTS5 without positions and contents on SQLite, a tsvector with GIN on PostgreSQL."""

from django.db import migrations

STORES = {
    "sqlite": [
        "CREATE VIRTUAL TABLE core_searchindex USING fts5(tokens, tokenize='ascii', detail='none', prefix='2', content='')",
    ],
    "postgresql": [
        "CREATE TABLE core_searchindex (rowid bigint PRIMARY KEY, tokens tsvector NOT NULL)",
        "CREATE INDEX searchindex_tokens ON core_searchindex USING gin (tokens)",
    ],
}


def make(apps, schema_editor):
    for statement in STORES[schema_editor.connection.vendor]:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    schema_editor.execute("DROP TABLE core_searchindex")


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [migrations.RunPython(make, drop)]
