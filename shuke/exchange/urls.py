"""Addresses of import and export, the same for every kind."""

from django.urls import path

from shuke.exchange import doors

urlpatterns = [
    path("<slug:path>.csv", doors.export, {"ending": "csv"}, name="csv"),
    path("<slug:path>.xlsx", doors.export, {"ending": "xlsx"}, name="xlsx"),
    path("<slug:path>/export/<int:pk>/", doors.exported, name="exported"),
    path("<slug:path>/import/", doors.upload, name="import"),
    path("<slug:path>/import/<int:pk>/", doors.show, name="import-step"),
    path("<slug:path>/import/<int:pk>/stop/", doors.stop, name="import-stop"),
    path("<slug:path>/import/<int:pk>/undo/", doors.take_back, name="import-undo"),
    path("<slug:path>/import/<int:pk>/problems.xlsx", doors.problems, name="import-problems"),
]
