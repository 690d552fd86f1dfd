"""Door 1: everything a browser can ask, on one page."""

from django.urls import path

from requests_app.tracking import views as tracking

urlpatterns = [
    path("", tracking.home, name="home"),
    path("healthz", tracking.healthz, name="healthz"),
    path("o/<slug:organisation>/", tracking.today, name="today"),
]
