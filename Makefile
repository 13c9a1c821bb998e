# make run     the app, on this machine only          make check    format, lint, types, then all tests
# make test    everything that is tested              make bench    our work beside its peers, as ratios
# make samples the files in data/                     make screenshot   the picture in the README
# Needs Python 3.11 or newer; makes its own environment in .venv.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check --no-input
TESTS := $(BIN)/python -m pytest -q -p no:cacheprovider

# A process a core; the tests of a file stay together, for they share what they set up. Of the slow
# ones a process that is done takes over what another has yet to do.
SHARED := -n auto --dist loadfile
STOLEN := -n auto --dist worksteal

export OMP_NUM_THREADS ?= 1

# Python keeps what it compiled: else each process of each part compiles every module again.
unexport PYTHONDONTWRITEBYTECODE

# unit is what a plain `pytest` runs: all but the slow tests and those in a browser.
.PHONY: run test unit slow future browser check bench samples screenshot clean venv app dev
.DEFAULT_GOAL := run

run: app
	$(BIN)/python -m streamlit run app.py

# The whole suite: even when the first part fails the others run, so that one run tells everything.
test: dev
	@$(BIN)/python -m tests.e2e.chromium --install
	@began=$$(date +%s); failed=; \
	for part in unit slow future browser; do \
		start=$$(date +%s); $(MAKE) --no-print-directory $$part || failed="$$failed $$part"; \
		echo "== $$part: $$(($$(date +%s) - start)) s"; \
	done; \
	echo "== all tests: $$(($$(date +%s) - began)) s$${failed:+, failed:$$failed}"; test -z "$$failed"

unit: dev
	$(TESTS) $(SHARED) --durations 10

slow: dev
	$(TESTS) $(STOLEN) -m slow tests --durations 40

# Tests in which no table of pandas is worked on: of the house and of its words, of how a text is
# taken apart and what DuckDB reads in a cell. Nor are those of pages, which show what others test.
NO_FRAMES := shape make install jobs measure options public_names readme recipes wording templates \
	encodings_by_words reading_property currencies parting questions remembered

# The other quick tests once more as pandas 3 will run them: text as `str`, copies on write.
future: dev
	CRM_PANDAS_FUTURE=1 $(TESTS) $(SHARED) $(NO_FRAMES:%=--ignore tests/test_%.py) \
		--ignore-glob 'tests/test_page*' tests

# Those that look at one shop together run in one process.
browser: dev
	$(TESTS) -n auto --dist loadgroup -m e2e tests/e2e

# A missing browser is fetched while the code is looked at.
check: dev
	@$(BIN)/python -m tests.e2e.chromium --install & \
	$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy; \
	failed=$$?; wait; exit $$failed
	@$(MAKE) --no-print-directory test

bench: dev
	$(BIN)/python -m benchmarks $(ONLY)

samples: app
	$(BIN)/python -m crm_analysis.tables.samples data

screenshot: dev
	@$(BIN)/python -m tests.e2e.chromium --install
	$(BIN)/python docs/screenshot.py

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache .hypothesis tests/e2e/shots
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment. Packages are installed again only when the list differs from the one last installed.
app: venv
	@cmp -s requirements.txt $(VENV)/requirements.txt || { \
		echo "Installing what the app needs (about three minutes, once)"; \
		$(PIP) -r requirements.txt && cp requirements.txt $(VENV)/requirements.txt; }

# What no test imports need not be compiled.
dev: venv
	@{ cmp -s requirements.txt $(VENV)/requirements.txt && cmp -s requirements-dev.txt $(VENV)/requirements-dev.txt \
		&& cmp -s requirements-meaning.txt $(VENV)/requirements-meaning.txt; } || { \
		echo "Installing what the app and its tests need (about three minutes, once)"; \
		$(PIP) --no-compile -r requirements-dev.txt && cp requirements.txt requirements-dev.txt requirements-meaning.txt $(VENV)/; }

# Debian and Ubuntu leave venv out of Python: it is added where that needs no password, else the remedy is said.
venv:
	@test -x $(BIN)/python && $(BIN)/python -c "import pip" 2>/dev/null && exit 0; \
	new=; for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then new=$$python; break; fi; done; \
	if [ -z "$$new" ]; then \
		echo "This needs Python 3.11 or newer, and none was found. Install it from https://www.python.org, or name one: make run PYTHON=/path/to/python3" >&2; exit 1; fi; \
	if ! $$new -c 'import ensurepip' >/dev/null 2>&1 && command -v apt-get >/dev/null; then \
		root=; [ "$$(id -u)" = 0 ] || root="sudo -n"; \
		echo "Adding python3-venv to $$new"; \
		{ $$root apt-get -qq update && DEBIAN_FRONTEND=noninteractive $$root apt-get -qq -y install python3-venv; } >/dev/null 2>&1 || true; fi; \
	if ! $$new -c 'import ensurepip' >/dev/null 2>&1; then \
		echo "$$new has no venv module. Add it (on Debian and Ubuntu: sudo apt install python3-venv) and try again." >&2; exit 1; fi; \
	echo "Making $(VENV) with $$($$new --version)"; \
	rm -rf $(VENV) && $$new -m venv $(VENV)
