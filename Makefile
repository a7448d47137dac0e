# Needs Python 3.11 or newer and make, nothing else: `make demo`.

PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,$(shell command -v $(name))))
VENV := .venv/bin/python
SERVICES := $(VENV) -m config.embedded --scratch --
# What is measured waits for the disk, as in production.
DURABLE := $(VENV) -m config.embedded --scratch --durable --

.DEFAULT_GOAL := help
.PHONY: help app dev demo test crash-test bench bench-quick bench-record bench-sync bench-beside bench-load bench-costs bench-growth check check-code check-deployment check-product screenshots lock

help:
	@echo "make demo    the whole product on this machine, with people and data to play with"
	@echo "make test    the tests; PYTEST='-k score' narrows them"
	@echo "make crash-test  kill workers again and again through twenty large syncs"
	@echo "make bench   how fast it is beside its floors, at the size of a thousand tenants"
	@echo "make bench-quick  what pages may cost, in statements, bytes and rows read"
	@echo "make bench-load   sixteen people at once for half a minute: errors, connections, memory"
	@echo "make bench-costs  what the product costs a core, memory and disk: figures for docs/scale.md"
	@echo "make bench-growth what a machine carries, cells that fill, and a noisy organisation"
	@echo "make bench-sync   whole syncs of 10,000 and 100,000 issues beside parsing and copying the same"
	@echo "make check   style, types, layers, migrations and deployment settings"
	@echo "make screenshots  take the pictures in docs/screenshots again (needs Chromium)"
	@echo "make lock    pin the requirements again (needs uv)"

app dev:
	@test -n "$(PYTHON)" || { echo "Flotilla needs Python 3.11 or newer, and there is none here." >&2; exit 1; }
	@"$(PYTHON)" scripts/bootstrap.py $@

demo: app
	@$(VENV) manage.py demo

# Tests start hundreds of processes: what Python compiled for one serves the others.
test: export PYTHONDONTWRITEBYTECODE :=
test: dev
	@$(SERVICES) $(VENV) -m pytest -n 2 $(PYTEST)

# Twenty syncs of 20,000 issues whose workers are killed at random moments; takes half an hour.
crash-test: dev
	@CRASH_ROUNDS=20 CRASH_ISSUES=20000 CRASH_LIFE=4 WORKER_PATIENCE=300 \
	  $(SERVICES) $(VENV) -m pytest tests/background/test_sync_worker.py -k killed $(PYTEST)

# ONLY=P1,home narrows them, SIZE=s makes it short; the large size needs an hour and some gigabytes of disk.
bench: dev
	@$(DURABLE) $(VENV) -m bench $(if $(ONLY),--only $(ONLY)) $(if $(SIZE),--size $(SIZE))

bench-quick: dev
	@$(SERVICES) $(VENV) -m bench --quick $(if $(ONLY),--only $(ONLY))

bench-record: dev
	@$(DURABLE) $(VENV) -m bench --record

# RECORD=1 writes the section of RESULTS.md.
bench-load: dev
	@$(DURABLE) $(VENV) -m bench.load $(if $(RECORD),--record)

bench-costs: dev
	@$(DURABLE) $(VENV) -m bench.costs

# Arithmetic alone, the same on every machine; RECORD=1 writes the tables of docs/scale.md.
bench-growth: dev
	@$(VENV) -m bench.growth $(if $(RECORD),--record)

bench-sync: ISSUES ?= 10000,100000
bench-sync: dev
	@$(DURABLE) $(VENV) -m bench --size s --sync $(ISSUES) $(if $(RECORD),--record)

bench-beside: ISSUES ?= 200000
bench-beside: dev
	@$(DURABLE) $(VENV) -m bench --size s --beside $(ISSUES) $(if $(RECORD),--record)

check: check-code check-deployment

check-deployment: dev
	@PUBLIC_URL=https://flotilla.example \
	  SECRET_KEY="$$($(VENV) -c 'import secrets; print(secrets.token_urlsafe(64))')" \
	  CREDENTIAL_KEYS="check:$$($(VENV) -c 'import base64, os; print(base64.b64encode(os.urandom(32)).decode())')" \
	  EMAIL_HOST=mail.flotilla.example \
	  $(SERVICES) $(MAKE) --no-print-directory check-product

check-code: dev
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m mypy .
	.venv/bin/lint-imports

# Inside services and under the settings of a deployment: run it through `make check-deployment`.
check-product:
	$(VENV) manage.py migrate --database owner --no-input --verbosity 0
	$(VENV) manage.py makemigrations --check --dry-run
	LINT_MIGRATIONS=1 $(VENV) manage.py lintmigrations --database owner --sql-analyser postgresql \
	  --no-cache --ignore-initial-migrations --ignore-name 0002_access \
	  --include-apps accounts portfolio okrs funding integrations governance reviews --warnings-as-errors
	$(VENV) manage.py check --deploy --fail-level WARNING --database default

screenshots: dev
	@$(VENV) scripts/screenshots.py

LOCK := uv pip compile --universal --generate-hashes --no-emit-index-url --no-header

lock:
	@command -v uv > /dev/null || { echo "make lock needs uv on the PATH." >&2; exit 1; }
	$(LOCK) requirements/app.in --output-file requirements/app.txt
	$(LOCK) requirements/dev.in --constraint requirements/app.txt --output-file requirements/dev.txt
