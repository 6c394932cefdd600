# Kedang 客档. `make run` and `make test` need Python 3.11 or newer, git and make, nothing else.

PYTHON  ?= python3
VENV    := .venv
BIN     := $(VENV)/bin
DEMO    ?= 1
HOST    :=
PORT    :=
WORKERS ?= 2
ARGS    :=

RUNNABLE := $(VENV)/.runnable
TESTABLE := $(VENV)/.testable
PIP      := $(BIN)/python -m pip --disable-pip-version-check
CATALOG  := crm/translations
RUN_FLAGS = $(strip $(if $(filter 0,$(DEMO)),--no-demo,--demo) \
	$(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT)))
EXACT    := crm/access/*,crm/audit/*,crm/crypto/*,crm/disclosure/*

.DEFAULT_GOAL := help
.PHONY: help run test check bench lint types fix lock vendor messages clean

help: ## List what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1	\2/' | expand -t 18

run: $(RUNNABLE) ## Install if needed, then serve (DEMO=0 starts empty; HOST=…, PORT=…)
	$(BIN)/crm run $(RUN_FLAGS)

test: $(TESTABLE) ## Run all tests; names what was skipped and why (ARGS=tests/… for some)
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

check: lint types ## What CI runs: lint, types, tests, coverage with branches
	rm -f .coverage .coverage.*
	$(BIN)/python -m pytest -n $(WORKERS) --cov --cov-report=
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --fail-under=99 --include='$(EXACT)' # 100 was seen: docs/adr/0014

bench: $(TESTABLE) ## Measure against the floor app (ARGS=… is passed on)
	$(BIN)/python -m bench $(ARGS)

lint: $(TESTABLE) ## Style and common errors
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TESTABLE) ## Static types
	$(BIN)/mypy

fix: $(TESTABLE) ## Mend what ruff can mend, and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The tests' lock comes first: the program's own is held to the same versions.
lock: ## Renew both locks, with hashes (ARGS=--upgrade raises versions)
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip --disable-pip-version-check install --quiet uv
	$(call COMPILE,requirements-dev.txt) --extra dev
	$(call COMPILE,requirements.txt) --constraint requirements-dev.txt
	rm -rf $(VENV)-lock

COMPILE = $(VENV)-lock/bin/uv pip compile pyproject.toml --quiet --group build --universal \
	--generate-hashes --no-strip-extras --no-python-downloads --custom-compile-command "make lock" $(ARGS) -o $(1)

# npm works in a folder of its own: whatever lies under static/ is served. To raise a version, edit
# static/vendor/package.json and run `npm install --package-lock-only` there first. The links to
# source maps go, for a browser would ask for files that are not here. Tabler's package has no licence
# file; tabler.LICENSE is kept by hand.
vendor: ## Copy the pinned front-end files into static/vendor (needs npm)
	rm -rf build/vendor && mkdir -p build/vendor
	cd static/vendor && cp package.json package-lock.json .npmrc ../../build/vendor/
	cd build/vendor && npm ci
	sed '/^\/\*# sourceMappingURL=.*\*\/$$/d' \
		build/vendor/node_modules/@tabler/core/dist/css/tabler.min.css > static/vendor/tabler.min.css
	sed '/^\/\/# sourceMappingURL=/d' \
		build/vendor/node_modules/htmx.org/dist/htmx.min.js > static/vendor/htmx.min.js
	cp build/vendor/node_modules/htmx.org/LICENSE static/vendor/htmx.LICENSE
	cd static/vendor && sha256sum htmx.LICENSE htmx.min.js tabler.LICENSE tabler.min.css > SUMS
	rm -rf build/vendor

messages: $(TESTABLE) ## Collect the wording, bring the English catalogue up to date, compile it
	mkdir -p $(CATALOG)
	$(BIN)/pybabel extract -F pyproject.toml -k _l -k lazy_gettext -k lazy_ngettext \
		--project=kedang --copyright-holder='The Kedang developers' --no-location --sort-output \
		-o $(CATALOG)/messages.pot crm templates
	test -f $(CATALOG)/en/LC_MESSAGES/messages.po || \
		$(BIN)/pybabel init -l en -i $(CATALOG)/messages.pot -d $(CATALOG)
	$(BIN)/pybabel update -l en --no-fuzzy-matching --ignore-pot-creation-date \
		-i $(CATALOG)/messages.pot -d $(CATALOG)
	$(BIN)/pybabel compile --statistics -d $(CATALOG)

clean: ## Remove what the tools made; the instance and its keys stay
	rm -rf $(VENV) $(VENV)-lock build dist htmlcov .coverage .coverage.* *.egg-info
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find crm tests bench tools migrations -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# ── The virtual environment: a file's date tells whether it is up to date ──────────────────────────

$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Python 3.11 or newer is needed; name it: make PYTHON=python3.12 …' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo 'Python lacks its venv module; on Debian: apt install python3-venv' >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(RUNNABLE): requirements.txt pyproject.toml | $(BIN)/pip
	@echo 'Installing into $(VENV), once …'
	$(PIP) install --quiet --require-hashes -r requirements.txt
	$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(TESTABLE): requirements-dev.txt $(RUNNABLE)
	$(PIP) install --quiet --require-hashes -r requirements-dev.txt
	@touch $@
