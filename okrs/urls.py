from django.urls import URLPattern

app_name = "okrs"
urlpatterns: list[URLPattern] = []
