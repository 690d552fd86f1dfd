"""Door 1: everything a browser can ask, on one page."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
