"""Addresses of the backups, beside those that every kind has."""

from django.urls import path
from django.views.generic import RedirectView

from shuke.backup import views
from shuke.core.doors import signed_in

urlpatterns = [
    path("settings/backup/", signed_in(RedirectView.as_view(url="/backups/")), name="backup"),
    path("backups/", views.page, name="backups"),
    path("backups/now/", views.now, name="back-up-now"),
    path("backups/plan/", views.plan, name="backup-plan"),
    path("backups/everything/", views.everything, name="export-everything"),
    path("backups/everything/<int:pk>/", views.exported, name="exported-everything"),
    path("backups/<int:pk>/file/", views.fetch, name="fetch-backup"),
]
