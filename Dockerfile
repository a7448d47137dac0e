FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 \
    STATIC_ROOT=/srv/flotilla/staticfiles

RUN useradd --system --uid 10001 --home-dir /srv/flotilla --no-create-home flotilla
WORKDIR /srv/flotilla

# Apart from the code, so that a change of code does not install everything again.
COPY requirements/app.txt requirements/app.txt
RUN pip install --require-hashes -r requirements/app.txt

COPY . .
# The https address switches the hashed file names on; the secrets are real at run time only.
RUN PUBLIC_URL=https://build.invalid SECRET_KEY=build \
    CREDENTIAL_KEYS=build:YnVpbGQtb25seS1idWlsZC1vbmx5LWJ1aWxkLW9ubHk= \
    python manage.py collectstatic --no-input

USER flotilla
EXPOSE 8000
ENV PROMETHEUS_MULTIPROC_DIR=/dev/shm/flotilla-figures
CMD ["gunicorn", "config.wsgi", "--config", "python:config.gunicorn"]
