"""What a person says of themselves."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import actions
from accounts.forms import ProfileForm
from lib.form_answers import posted


@login_required
def profile(request: HttpRequest) -> HttpResponse:
    form = ProfileForm(posted(request), instance=request.user)
    if form.is_valid():
        actions.edit_profile(request.user, **form.cleaned_data)  # type: ignore[arg-type]
        messages.success(request, "Profile saved.")
        return redirect("accounts:profile")
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/profile.html", {"form": form}, status=status)
