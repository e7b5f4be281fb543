"""Addresses of the REST doors, under /api/v1/."""

from django.urls import path

from shuke.api import doors as api

urlpatterns = [
    path("openapi.json", api.resource(GET=api.document)),
    path("<slug:path>", api.resource(GET=api.many, POST=api.create)),
    path("<slug:path>/<int:pk>", api.resource(GET=api.one, PATCH=api.change, DELETE=api.delete)),
    path("<slug:path>/<int:pk>/<slug:name>", api.resource(POST=api.verb)),
]
