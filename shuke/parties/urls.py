"""Addresses of this room beside those that its kinds have."""

from django.urls import path

from shuke.parties import views

urlpatterns = [
    path("parties/twins/", views.twins, name="twins"),
    path("parties/places/", views.places, name="places"),
]
