"""Enumerations of funding; imports nothing of ours."""

from django.db import models


class EntryKind(models.TextChoices):
    ALLOCATION = "allocation", "Allocation"
    RELEASE = "release", "Release"
    SPEND = "spend", "Spend"
