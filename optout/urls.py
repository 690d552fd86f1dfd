from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("staff/", admin.site.urls),
    path("", include("requests_app.urls")),
]

handler500 = "optout.server_error.server_error"
