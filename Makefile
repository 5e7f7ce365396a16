# `make run` needs Python 3.11 or newer, and nothing else.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
IN_VENV := .venv/bin/python
# Else each of the hundreds of processes of a run of tests would compile Tandem anew.
test: export PYTHONDONTWRITEBYTECODE :=
INSTALL = $$(test -x $(IN_VENV) && echo $(IN_VENV) || echo $(PYTHON)) .ci/install.py

.PHONY: help run test check screenshots bench-generation bench-gpu bench-annotators bench-stopping bench-loop bench-page bench-pages bench-quality bench-export bench-rewards bench-reward-table bench-quick-rewards simulate-quality demo-loop
# All tests in several processes at once, unless TESTS names some; tests/at_once.py says how.
AT_ONCE := -n auto --dist loadfile --no-loadscope-reorder
MAKEFLAGS += --no-print-directory

help:
	@echo "make run               start Tandem at http://127.0.0.1:8000 (another port: PORT=8001 make run)"
	@echo "make test              run all tests, those in a browser too"
	@echo "make check             lint, formatting, types, migrations"
	@echo "make demo-loop         simulated annotators judge two rounds, and reward models learn from them: a page to look at"
	@echo "make screenshots       take a picture of every page in every state, for docs/screenshots"
	@echo "make bench-generation  measure how fast the default model answers here, alone and to 32 annotators"
	@echo "make bench-gpu         measure the engine on a GPU, beside what its memory's bandwidth allows"
	@echo "make bench-annotators  the second half of that alone"
	@echo "make bench-stopping    measure how soon nobody writes any more for what is stopped"
	@echo "make bench-loop        measure how many judgements a second everything but the model takes"
	@echo "make bench-page        measure in Chromium how long it takes from Submit to the next pair"
	@echo "make bench-pages       measure how long the pages about people take with 5,000 of them and a million judgements"
	@echo "make bench-quality     measure how long figures of quality take to compute, and their pages, with a million judgements"
	@echo "make bench-export      measure how long the files of 100,000 and of a million comparisons take to write, beside COPY"
	@echo "make bench-rewards     measure how fast a reward model is trained and tested, and how often it is right, beside TRL"
	@echo "make bench-reward-table  train both reward models on real comparisons, on a GPU, and say how often each is right"
	@echo "make bench-quick-rewards  measure what a quick reward model is worth on real comparisons, and how long it takes"
	@echo "make simulate-quality  annotators of known faults: how often the annotator model is right, and whose it finds"

run:
	@$(INSTALL) requirements.txt
	@exec $(IN_VENV) manage.py run $(RUN)

test:
	@$(INSTALL) tests/requirements.txt
	@CHROMIUM=$$($(IN_VENV) tests/find_chromium.py) && export CHROMIUM && exec $(IN_VENV) -m pytest $(or $(TESTS),$(AT_ONCE))

check:
	@$(INSTALL) tests/requirements.txt
	$(IN_VENV) -m ruff check .
	$(IN_VENV) -m ruff format --check .
	$(IN_VENV) -m mypy
	$(IN_VENV) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

screenshots:
	@$(INSTALL) tests/requirements.txt
	@CHROMIUM=$$($(IN_VENV) tests/find_chromium.py) && export CHROMIUM && exec $(IN_VENV) -m pytest -q tests/tour/take_pictures.py

bench-generation:
	@$(INSTALL) tests/requirements.txt
	@TQDM_DISABLE=1 $(IN_VENV) -m tests.benchmarks.bench_generation
	@$(MAKE) bench-annotators

bench-gpu:
	@$(INSTALL) tests/requirements.txt
	@TQDM_DISABLE=1 exec $(IN_VENV) -m tests.benchmarks.bench_gpu $(BENCH)

bench-annotators:
	@$(INSTALL) tests/requirements.txt
	@TQDM_DISABLE=1 exec $(IN_VENV) -m tests.benchmarks.bench_annotators $(BENCH)

bench-stopping:
	@$(INSTALL) tests/requirements.txt
	@TQDM_DISABLE=1 exec $(IN_VENV) -m tests.benchmarks.bench_stopping $(BENCH)

bench-loop:
	@$(INSTALL) tests/requirements.txt
	@exec $(IN_VENV) -m tests.benchmarks.bench_loop $(BENCH)

bench-page:
	@$(INSTALL) tests/requirements.txt
	@CHROMIUM=$$($(IN_VENV) tests/find_chromium.py) && export CHROMIUM && DJANGO_ALLOW_ASYNC_UNSAFE=1 exec $(IN_VENV) -m tests.benchmarks.bench_page $(BENCH)

bench-pages:
	@$(INSTALL) tests/requirements.txt
	@exec $(IN_VENV) -m tests.benchmarks.bench_pages $(BENCH)

bench-quality:
	@$(INSTALL) tests/requirements.txt
	@OPENBLAS_NUM_THREADS=1 exec $(IN_VENV) -m tests.benchmarks.bench_quality $(BENCH)

bench-export:
	@$(INSTALL) tests/requirements.txt
	@exec $(IN_VENV) -m tests.benchmarks.bench_export $(BENCH)

bench-rewards:
	@$(INSTALL) tests/requirements.txt
	@TQDM_DISABLE=1 exec $(IN_VENV) -m tests.benchmarks.bench_rewards $(BENCH)

bench-reward-table:
	@$(INSTALL) tests/requirements.txt
	@TQDM_DISABLE=1 exec $(IN_VENV) -m tests.benchmarks.bench_reward_table $(BENCH)

bench-quick-rewards:
	@$(INSTALL) tests/requirements.txt
	@exec $(IN_VENV) -m tests.benchmarks.bench_quick_rewards $(BENCH)

simulate-quality:
	@$(INSTALL) tests/requirements.txt
	@OPENBLAS_NUM_THREADS=1 $(IN_VENV) -m tests.benchmarks.simulate_quality $(BENCH)
	@OPENBLAS_NUM_THREADS=1 exec $(IN_VENV) -m tests.benchmarks.simulate_in_tables

demo-loop:
	@$(INSTALL) tests/requirements.txt
	@TQDM_DISABLE=1 exec $(IN_VENV) -m tests.benchmarks.demo_loop $(DEMO)
