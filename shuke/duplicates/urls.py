"""Addresses of this room. Before those of the core: the page of a customer is asked for here first."""

from django.urls import path

from shuke.duplicates import views

urlpatterns = [
    path("duplicates/", views.pairs, name="duplicates"),
    path("duplicates/find/", views.find, name="duplicates-find"),
    path("duplicates/pick/", views.pick, name="duplicates-pick"),
    path("duplicates/<int:pk>/history/", views.history, name="duplicates-history"),
    path("duplicates/<int:winner>/<int:loser>/", views.merge, name="duplicates-merge"),
    path("duplicates/<int:winner>/<int:loser>/say/", views.say, name="duplicates-say"),
    path("parties/<int:pk>/", views.party_page, name="party-page"),
]
