"""Addresses of people; all other kinds of address that sign-in libraries know are not routed."""

from django.urls import path

from shuke.people import audit, views

urlpatterns = [
    path("set-up/", views.set_up, name="set-up"),
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("theme/", views.theme, name="theme"),
    path("join/<str:token>/", views.join, name="join"),
    path("audit/", audit.journal, name="audit"),
    path("audit/<int:pk>/", audit.one, name="audited"),
    path("audit.csv", audit.export, name="audit-csv"),
    path("me/", views.me, name="me"),
    path("me/password/", views.password, name="my-password"),
    path("me/sign-out-everywhere/", views.sign_out_everywhere, name="sign-out-everywhere"),
    path("people/<int:pk>/do/invite/", views.invite, name="invite"),
    path("people/<int:pk>/do/reset_password/", views.reset_password, name="reset-password"),
]
