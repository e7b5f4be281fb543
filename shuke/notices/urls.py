"""Addresses of notices and of the ways out; robots have the generic ones."""

from django.urls import path

from shuke.notices import views

urlpatterns = [
    path("notices/", views.notices, name="notices"),
    path("notices/count/", views.count, name="notices-count"),
    path("notices/read/", views.read, name="notices-read"),
    path("notices/<int:pk>/follow/", views.follow, name="notice"),
    path("me/notices/", views.choices, name="my-notices"),
    path("settings/mail/", views.mail_server, name="mail-server"),
    path("settings/mail/test/", views.try_mail, name="mail-test"),
    path("settings/outbox/", views.letters, name="outbox"),
    path("settings/outbox/<int:pk>/<slug:name>/", views.decide, name="outbox-decide"),
]
