# The verbs of the course. Works with GNU make 3.81 (macOS) and newer; everything it installs goes into .venv.
SHELL := /bin/sh
PYTHON ?= $(shell unset PYTHONHOME PYTHONPATH; for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin

# What is set for other Pythons of the user's would lead this one astray, or have a hundred processes compile the
# same modules; and text is UTF-8 whatever the locale says.
unexport PYTHONHOME PYTHONPATH PYTHONDONTWRITEBYTECODE PIP_PREFIX PIP_TARGET PIP_USER
export PYTHONUTF8 := 1

# A virtual environment does not survive a move of its folder or an upgrade of its Python: then it is made anew.
STALE := $(shell unset PYTHONHOME PYTHONPATH; [ ! -e $(VENV)/.ready ] || \
	{ [ "$$(cat $(VENV)/.ready)" = "$$(pwd -P)" ] && $(BIN)/python -c ''; } 2>/dev/null || echo $(VENV))

LIBRARY := $(wildcard rmsprop_lib/*.py)
BOOK := _config.yml _toc.yml $(VENV)/.ready $(shell find theme -type f -not -path '*/__pycache__/*') $(wildcard tests/*.py) \
	$(wildcard chapters/*.ipynb chapters/*.md chapters/questions/*.md chapters/*.bib chapters/*.yml)

.PHONY: help book test slides lab lite colab bench mutants clean stale always
.DELETE_ON_ERROR:

help:  ## list these verbs
	@echo "make VERB, where VERB is one of"
	@sed -n 's/^\([a-z]*\):.*##/  \1 -/p' Makefile

book: _build/.book  ## make the site, in _build/html/
	@echo "The book is made: open _build/html/index.html in a browser."

test: _build/.book  ## test the library, every notebook and the pages in a real browser
	@$(BIN)/python tests/browser.py
	@$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

slides: _build/.book  ## print every deck as a PDF and as a handout, in _build/slides/
	@$(BIN)/python tests/browser.py
	@$(BIN)/python tests/print_slides.py

# Jupyter refuses to start as root unless it is told to, and in a container everybody is root. In settings/ are its defaults, which the
# reader's own settings override: nothing is announced, a chapter is saved without outputs, and captions and solutions look as on the page.
lab: $(VENV)/.ready  ## open the chapters in JupyterLab
	@JUPYTER_CONFIG_PATH="$(CURDIR)/settings$${JUPYTER_CONFIG_PATH:+:$$JUPYTER_CONFIG_PATH}" \
		JUPYTER_PATH="$(CURDIR)/settings$${JUPYTER_PATH:+:$$JUPYTER_PATH}" \
		$(BIN)/jupyter lab $$([ "$$(id -u)" != 0 ] || echo --allow-root) --notebook-dir=chapters

# Its packages come at the first use only, in an environment of their own: the other verbs need none of them.
lite: $(VENV)/lite/.ready  ## build the chapters as a JupyterLite, in _build/lite/, which runs in the reader's browser
	@$(BIN)/python settings/elsewhere.py lite
	@echo "Look at it with: $(BIN)/python -m http.server 8000 --directory _build/lite"

colab: $(VENV)/.ready  ## let the chapters install the library in Colab, from the repository that _config.yml names
	@$(BIN)/python settings/elsewhere.py colab

bench: _build/.book  ## measure the speed of library, sliders and pages, in ratios
	@$(BIN)/python tests/bench.py

mutants: $(VENV)/.ready  ## test the tests: change the library in a few thousand places and see whether they notice
	@$(BIN)/python tests/mutants.py

clean:  ## remove what was built (not the virtual environment)
	rm -rf _build mutants

# A changed library makes every stored output stale.
_build/.library: $(LIBRARY) $(VENV)/.ready
	@rm -rf _build/.jupyter_cache
	@mkdir -p _build
	@touch $@

# What the environment says of the site is in its pages, so they are made anew when it says something else.
SITE := $(BOOK_ADDRESS) $(BOOK_REPOSITORY) $(SOURCE_DATE_EPOCH)
_build/.site: always
	@mkdir -p _build
	@[ "$$(cat $@ 2>/dev/null)" = "$(SITE)" ] || echo "$(SITE)" > $@

# Every page is made anew, from stored outputs: where Sphinx makes only those that changed, its search forgets terms of the others.
_build/.book: _build/.library _build/.site $(BOOK)
	@rm -rf $@ _build/html _build/.doctrees _build/jupyter_execute
	@echo "Making the book: the first time takes a few minutes, after that only notebooks that changed are run."
	@$(BIN)/jupyter-book build -W -n --keep-going .
	@touch $@

$(VENV)/.ready: requirements.txt pyproject.toml $(if $(STALE),stale)
	@if [ -z "$(PYTHON)" ] || ! "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
		echo "The course needs Python 3.11 or newer, and $(if $(PYTHON),$(PYTHON) is not that,there is none here)."; \
		echo "Install one, or name the one you have: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)"; exit 1; fi
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Python's venv module is missing. On Debian and Ubuntu it is a package of its own: apt install python3-venv"; exit 1; }
	@free=$$(df -Pk . | awk 'NR == 2 {print int($$4 / 1024)}'); if [ "$$free" -lt 1500 ]; then \
		echo "There are $$free MB free on this disk; the virtual environment and the book need 1500 MB. Make room and try again."; exit 1; fi
	@if [ ! -w . ]; then echo "The folder $$(pwd) cannot be written to; copy the course to one that can."; exit 1; fi
	@if [ -e $(VENV) ] && [ ! -e $@ ] && ! grep -q "^prompt = 'rmsprop'" $(VENV)/pyvenv.cfg 2>/dev/null; then \
		echo "There is a $(VENV) here that the course did not make and will not overwrite. Move it away or remove it."; exit 1; fi
	@echo "Setting up the virtual environment in $(VENV): a minute or two, once."
	@if [ -n "$(STALE)" ] || [ ! -e $@ ]; then "$(PYTHON)" -m venv --clear --prompt rmsprop $(VENV); fi
	@rm -f $@
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt || { \
		echo "The packages could not be installed; pip says why above. Is there a network? Then try again: make $(MAKECMDGOALS)"; exit 1; }
	@pwd -P > $@

$(VENV)/lite/.ready: $(VENV)/.ready settings/lite-requirements.txt
	@$(BIN)/python -m venv --clear $(VENV)/lite
	@grep -v '^-e' requirements.txt > $(VENV)/lite/versions.txt
	@$(VENV)/lite/bin/pip install --disable-pip-version-check -q -r settings/lite-requirements.txt -c $(VENV)/lite/versions.txt && \
		$(BIN)/pip download --disable-pip-version-check -q --no-deps -d $(VENV)/lite/wheels \
		$$(grep -E '^(ipywidgets|jupyterlab-widgets)==' requirements.txt) || { \
		echo "The packages could not be installed; pip says why above. Is there a network? Then try again: make lite"; exit 1; }
	@touch $@
