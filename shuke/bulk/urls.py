"""Addresses of acts on many records, the same for every kind."""

from django.urls import path

from shuke.bulk import doors

urlpatterns = [
    path("<slug:path>/bulk/", doors.fields, name="bulk"),
    path("<slug:path>/bulk/<slug:name>/", doors.act, name="bulk-act"),
]
