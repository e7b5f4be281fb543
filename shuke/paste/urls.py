"""Addresses of this room beside those that its kind has."""

from django.urls import path

from shuke.paste import vcf, views

urlpatterns = [
    path("paste/", views.box, name="paste"),
    path("paste/save/", views.save, name="paste-save"),
    path("paste/vcf/", vcf.upload, name="paste-vcf"),
    path("paste/vcf/save/", vcf.save, name="paste-vcf-save"),
    path("contacts/<int:pk>.vcf", vcf.contact, name="contact-vcf"),
]
