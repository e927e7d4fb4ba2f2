"""The command ``complimits``.

Imports that cost time stand inside the commands that need them.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer
import yaml
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from computational_limits.paths import project_root
from computational_limits.pipeline import FAILURE

PROFILE_HELP = "Where the jobs run: a folder of workflow/profiles, as slurm, or the path of another."
SCIENTIFIC = re.compile(r"[+-]?\d+(\.\d*)?[eE][+-]?\d+")
USAGE_ERROR = 2
"""Exit code for input that cannot be used: data, names, parameters."""

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="""What progress in deep learning costs in computing.

Examples:

- `complimits report` makes the whole report, or what is missing of it

- `complimits data check` checks the tables against the codebook and against each other

- `complimits data describe models` says what each column of a table holds

- `complimits data export tables` writes the tables as CSV, JSON and Parquet

- `complimits fit imagenet` prints the laws of one benchmark

- `complimits project --benchmark imagenet --error 0.05` says what a target takes

- `complimits execute notebooks/01_theory.py theory.ipynb -p snr=4` runs a notebook with another assumption

- `complimits batch workflow/grids/benchmarks.yml` runs a notebook over a grid of assumptions
""",
)
data_app = typer.Typer(no_args_is_help=True, help="The data tables.")
book_app = typer.Typer(no_args_is_help=True, help="Steps of the pipeline that make the book.")
app.add_typer(data_app, name="data")
app.add_typer(book_app, name="book", hidden=True)


@app.command(
    epilog="Examples: `complimits report`, `complimits report --cores 1`, `complimits report --profile slurm`,"
    " `complimits report -- --dry-run`"
)
def report(
    cores: Annotated[str, typer.Option(help="Processors to use, or jobs of a cluster: a number, or all.")] = "all",
    profile: Annotated[str, typer.Option(help=PROFILE_HELP)] = "default",
    snakemake: Annotated[list[str] | None, typer.Argument(help="Options for Snakemake, after --.")] = None,
) -> None:
    """Make the report: check, notebooks, results, HTML, PDF.

    Safe to interrupt and to repeat: finished steps are kept.
    """
    from computational_limits.checking import DataError
    from computational_limits.consistency import read_whole
    from computational_limits.own import check_registered
    from computational_limits.pipeline import INTERRUPTED, PipelineBusyError, failed_steps, run_report
    from computational_limits.profiles import ProfileError, find_profile
    from computational_limits.protocol import ProtocolError, read_protocol

    with _plain_errors(PipelineBusyError, DataError, ProfileError, ProtocolError):
        root = project_root()
        options = find_profile(profile, root).options(_checked_cores(cores))
        read_whole(root)
        read_protocol(root)
        check_registered(root)
        started = time.time()
        code = run_report(root, [*options, *(snakemake or [])])
    if code == INTERRUPTED:
        _fail("interrupted. Finished steps are kept; the same command goes on from here", INTERRUPTED)
    if code != 0:
        for step, reason in failed_steps(root, started):
            typer.echo(f"{FAILURE}step {step} failed: {reason}", err=True)
        _fail("the report is not complete; the last complete one, if any, is still in _build. To go on: same command")
    if not snakemake:
        _print_summary(root)


@app.command(
    epilog="Examples: `complimits fit imagenet`, `complimits fit squad-1.1 --form exponential`,"
    " `complimits fit imagenet --vintage 2022 --measure ops_per_pass`,"
    " `complimits fit mmlu --vintage 2026 --measure training_flop`"
)
def fit(
    benchmark: Annotated[str, typer.Argument(help="Benchmark, as in data/benchmarks.csv or language_benchmarks.csv.")],
    form: Annotated[str, typer.Option(help="polynomial, exponential or all.")] = "all",
    vintage: Annotated[
        str | None,
        typer.Option(
            help="Edition of the data: 2020 (default), audited, 2020-records, 2022, 2022-audited; of language models"
            " 2026."
        ),
    ] = None,
    measure: Annotated[
        str | None,
        typer.Option(
            help="hardware_burden (default), ops_per_pass, network_operations or consolidated_burden; of language"
            " models training_flop."
        ),
    ] = None,
) -> None:
    """Print the laws of one benchmark with the intervals of their exponents."""
    from computational_limits.benchmarks import read_benchmark
    from computational_limits.checking import DataError
    from computational_limits.fits import fit as fit_form
    from computational_limits.robustness import papers_of
    from computational_limits.scaling import FORMS
    from computational_limits.tables import suggestion
    from computational_limits.uncertainty import LEVEL
    from computational_limits.vintages import EVERY_MEASURE
    from computational_limits.wording import interval_text, p_value_text, percent

    with _plain_errors(DataError):
        try:
            subject = read_benchmark(benchmark)
        except KeyError as error:
            _fail(error.args[0], USAGE_ERROR)
    vintage, measure = vintage or subject.base.vintage, measure or subject.base.measure
    if vintage not in subject.editions:
        _fail(f"no vintage {vintage!r}{suggestion(vintage, subject.editions)}", USAGE_ERROR)
    if measure not in subject.measures:
        _fail(f"no measure {measure!r}{suggestion(measure, subject.measures)}", USAGE_ERROR)
    if form not in (*FORMS, "all"):
        _fail(f"no form {form!r}{suggestion(form, [*FORMS, 'all'])}", USAGE_ERROR)
    edition = subject.editions[vintage]
    models = edition[edition["benchmark"] == benchmark].dropna(subset=[EVERY_MEASURE[measure]])
    with _plain_errors(ValueError):
        laws = {
            name: fit_form(
                models[EVERY_MEASURE[measure]],
                models["error"],
                FORMS[name],
                errors=subject.base.errors,
                clusters=papers_of(models),
            )
            for name in (FORMS if form == "all" else [form])
        }
    table = Table(title=f"{benchmark}, {vintage}, n = {len(models)}, {measure.replace('_', ' ')} in GFLOP")
    for heading in ("form", "exponent", f"{percent(LEVEL)} interval", "R²", "p"):
        table.add_column(heading, justify="left" if heading == "form" else "right")
    for name, law in laws.items():
        interval = interval_text(law.exponent_interval, 2)
        table.add_row(name, f"{law.exponent:.2f}", interval, f"{law.r2:.3f}", p_value_text(law.p_value))
    Console().print(table)


@app.command(
    epilog="Examples: `complimits project --benchmark imagenet --error 0.05 --form polynomial`,"
    " `complimits project --benchmark squad-1.1 --error 0.02 --form exponential --format json`,"
    " `complimits project --benchmark imagenet --error 0.01 --direction 'computing on performance' --price 2.5`"
)
def project(
    benchmark: Annotated[str, typer.Option(help="Benchmark, as in data/benchmarks.csv.")],
    error: Annotated[float, typer.Option(help="Target error, a fraction between 0 and 1.")],
    form: Annotated[str, typer.Option(help="Form of the law: polynomial, exponential or another.")] = "polynomial",
    vintage: Annotated[str, typer.Option(help="Edition of the data.")] = "2020",
    direction: Annotated[str, typer.Option(help="Direction of the fit.")] = "performance on computing",
    costs: Annotated[str, typer.Option(help="Edition of the costs: 2020, 2022 or 2026.")] = "2020",
    price: Annotated[
        float | None, typer.Option(help="Your own price, US dollars per device-hour of that edition's device.")
    ] = None,
    gflop_per_usd: Annotated[
        float | None, typer.Option("--gflop-per-usd", help="Your own price, as GFLOP for a dollar.")
    ] = None,
    carbon: Annotated[float | None, typer.Option(help="Your own carbon intensity, kg CO2 per kWh.")] = None,
    layout: Annotated[str, typer.Option("--format", help="table, json or csv.")] = "table",
    output: Annotated[Path | None, typer.Option(help="File to write, instead of printing.")] = None,
) -> None:
    """Say what a target takes: computing, dollars, energy and carbon, with intervals.

    The answers are those of the calculator in the book, from the laws and costs
    of the last report. JSON and CSV have log10 of each quantity; an unbounded
    end is inf or -inf. Columns of CSV, one row a quantity: the question;
    decades_beyond_data, from the largest model in the data to the estimate;
    quantity and unit; log10_estimate; log10_confidence_low and _high, where the
    law may reach the target; log10_prediction_low and _high, where a single new
    model may. Low ends take the low costs, high ends the high costs.
    """
    from computational_limits.calculator import FILE, LAYOUTS, CalculatorError, Question, answer, read_calculator
    from computational_limits.tables import suggestion

    if layout not in LAYOUTS:
        _fail(f"no format {layout!r}{suggestion(layout, LAYOUTS)}", USAGE_ERROR)
    with _plain_errors(ValueError):
        root = project_root()
        question = Question(benchmark, error, vintage, form, direction, costs, price, gflop_per_usd, carbon)
    try:
        calculator = read_calculator(root / FILE)
    except CalculatorError as missing:
        _fail(str(missing))
    with _plain_errors(ValueError, OSError):
        text = LAYOUTS[layout](answer(calculator, question))
        if output is None:
            typer.echo(text, nl=False)
        else:
            output.write_text(text, encoding="utf-8")


@app.command(
    epilog="Examples: `complimits execute notebooks/04_benchmark.py out/squad.ipynb -p benchmark=squad-1.1`,"
    " `complimits execute notebooks/01_theory.py theory.ipynb -p snr=4 -p covariates=500`"
)
def execute(
    script: Annotated[Path, typer.Argument(help="Percent script to run.", exists=True, dir_okay=False)],
    page: Annotated[Path, typer.Argument(help="Executed notebook to write.")],
    parameter: Annotated[
        list[str] | None,
        typer.Option("--parameter", "-p", help="name=value for the parameters cell; repeatable."),
    ] = None,
    tables: Annotated[Path | None, typer.Option(help="Folder for the results tables of the notebook.")] = None,
) -> None:
    """Run one notebook, with other parameters if you like."""
    from computational_limits.notebooks import NotebookError, ParameterError
    from computational_limits.notebooks import execute as execute_notebook
    from computational_limits.pages import PageError

    with _plain_errors(ParameterError, PageError, NotebookError):
        execute_notebook(script, page, project_root(), _parse_parameters(parameter or []), tables)


@app.command(
    epilog="Examples: `complimits analyse mine.csv --metric error --compute gflop --target 0.05`,"
    " `complimits analyse data/own/timm-imagenet.csv --metric top1_error_percent --percent --compute gflop_per_pass"
    " --paper family --target 0.1 --out timm`"
)
def analyse(
    table: Annotated[Path, typer.Argument(help="CSV in UTF-8 with a heading, one row a model.")],
    metric: Annotated[str, typer.Option(help="Column of the error, a fraction between 0 and 1.")],
    compute: Annotated[str, typer.Option(help="Column of the computing, in GFLOP.")],
    name: Annotated[str, typer.Option(help="Column of the model; by default model or name.")] = "",
    paper: Annotated[str, typer.Option(help="Column of what models share; by default paper.")] = "",
    year: Annotated[str, typer.Option(help="Column of the year; by default year.")] = "",
    percent: Annotated[bool, typer.Option("--percent", help="The metric is in percent.")] = False,
    score: Annotated[bool, typer.Option("--score", help="The metric is a score: error is one minus it.")] = False,
    target: Annotated[list[float] | None, typer.Option(help="Error to follow the laws to; repeatable.")] = None,
    title: Annotated[str, typer.Option(help="Title of the chapter; by default the name of the table.")] = "",
    about: Annotated[str, typer.Option(help="What the table is, in a sentence.")] = "",
    computing: Annotated[str, typer.Option(help="What the computing counts, for the axis.")] = "Computing",
    resamples: Annotated[int, typer.Option(help="How often papers are drawn.", min=100)] = 2000,
    out: Annotated[Path | None, typer.Option(help="Folder to write; by default the table's name beside it.")] = None,
) -> None:
    """Analyse a benchmark of your own: laws in every form and way, targets, a chapter.

    Writes chapter.html, a single file that works offline; chapter.pdf if TeX is
    there; results as CSV, and all of them as results.json. Without targets the
    laws are followed to half and a quarter of the lowest error.
    """
    import shutil

    from computational_limits.book import BuildError
    from computational_limits.chapter import write_chapter
    from computational_limits.checking import DataError
    from computational_limits.notebooks import NotebookError
    from computational_limits.own import Columns, checked_targets, read_own
    from computational_limits.pages import PageError
    from computational_limits.regressions import fit_forms

    with _plain_errors(DataError, ValueError, OSError):
        root = project_root()
        models = read_own(table, Columns(metric, compute, name, paper, year, percent, score))
        fit_forms(models)
        lowest = float(models["error"].min())
        targets = checked_targets(target or [lowest / 2, lowest / 4])
    parameters = {
        "table": str(table.resolve()),
        "title": title or table.stem,
        "about": about,
        "metric": metric,
        "compute": compute,
        "name": name,
        "paper": paper,
        "year": year,
        "in_percent": percent,
        "is_score": score,
        "computing": computing,
        "targets": targets,
        "resamples": resamples,
    }
    tex = all(shutil.which(program) for program in ("latexmk", "xelatex"))
    with _plain_errors(NotebookError, PageError, BuildError, OSError):
        made = write_chapter(root, (out or table.with_suffix("")).resolve(), parameters, tex)
    for path in made:
        typer.echo(path)
    if not tex:
        typer.echo("no PDF: TeX is not installed; apt.txt lists its packages", err=True)


@app.command(
    epilog="Examples: `complimits batch workflow/grids/benchmarks.yml --dry-run`,"
    " `complimits batch workflow/grids/benchmarks.yml --cores 2`,"
    " `complimits batch mine.yml --out mine --profile slurm`, `complimits batch mine.yml --out mine --retry-failed`"
)
def batch(
    grid: Annotated[Path, typer.Argument(help="YAML file with a notebook and its parameters.")],
    out: Annotated[Path | None, typer.Option(help="Folder of the batch; _build/batches/GRID by default.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check, count and estimate; run nothing.")] = False,
    cores: Annotated[str, typer.Option(help="Processors to use, or jobs of a cluster: a number, or all.")] = "all",
    profile: Annotated[str, typer.Option(help=PROFILE_HELP)] = "default",
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Run what failed, and nothing else.")] = False,
) -> None:
    """Run a notebook with every combination of a grid of parameters.

    A grid is a YAML file:

        notebook: notebooks/01_theory.py    (or  analysis: theory)

        parameters:  {snr: [4, 30], relevant: {from: 5, to: 20, step: 5}}

        exclude:  [{snr: 4, relevant: 20}]

    Every value is a single one, a list, or a range: from, to, and step or count,
    with scale: log if wanted. `parameters` are combined with each other; lists
    under `zip` go together; `sets` are named sets of values; `exclude` leaves
    combinations out. All values are checked before anything runs.

    The folder then has results.csv and results.parquet with every table and
    value and the parameters beside them, and index.html with a page for every
    run. Safe to interrupt and to repeat: the same command goes on, and repeats
    no finished run unless the notebook, its code or its data changed.
    """
    from computational_limits.batch import BatchError, estimate, plan_batch, repeat_command, run_batch
    from computational_limits.checking import DataError
    from computational_limits.grid import read_grid
    from computational_limits.pipeline import INTERRUPTED, PipelineBusyError
    from computational_limits.profiles import find_profile

    with _plain_errors(DataError, ValueError):
        root = project_root()
        chosen = find_profile(profile, root)
        options, workers = chosen.options(_checked_cores(cores)), chosen.workers(cores)
        checked = read_grid(grid, root)
        folder = (out or root / "_build" / "batches" / grid.stem).resolve()
        planned = plan_batch(checked, folder, root)
    jobs = planned.failed if retry_failed else planned.missing
    guess = estimate(planned, jobs, workers, root)
    typer.echo(
        f"{len(planned.jobs)} runs of {checked.script.name}, {len(planned.finished)} finished, {len(jobs)} to run"
    )
    if jobs:
        minutes, seconds = divmod(round(guess.seconds), 60)
        typer.echo(f"about {minutes} min {seconds:02d} s, at {guess.each:.1f} s a run on {workers} ({guess.reason})")
    if dry_run:
        return
    with _plain_errors(PipelineBusyError, BatchError):
        outcome = run_batch(planned, jobs, root, options)
    if outcome.code == INTERRUPTED:
        _fail("interrupted. Finished runs are kept; the same command goes on from here", INTERRUPTED)
    for label, name in (("pages", "index.html"), ("results", "results.csv, results.parquet")):
        typer.echo(f"{label + ':':<10}{folder}/{name}")
    for job, reason in outcome.failures:
        given = ", ".join(f"{name}={job.run.parameters[name]}" for name in checked.varied)
        typer.echo(f"{FAILURE}run {job.number} ({given}) failed: {reason} (whole log: {planned.log(job)})", err=True)
    if outcome.failures:
        _fail(f"{len(outcome.failures)} of {len(jobs)} runs failed. These alone again: {repeat_command(grid, folder)}")


@app.command(
    epilog="Examples: `complimits simulate noisy.csv --snr 4 --repetitions 100`,"
    " `complimits simulate sparse.csv --relevant 5 --relevant 30 --size 50 --size 175 --size 1500`,"
    " `complimits simulate long.csv --repetitions 10000 --shard 100 --profile slurm`"
)
def simulate(
    out: Annotated[Path, typer.Argument(help="CSV file for the means; the draws go beside it, as NAME-draws.csv.")],
    repetitions: Annotated[int, typer.Option(help="Samples to draw.")] = 100,
    covariates: Annotated[int, typer.Option(help="Candidate covariates, p.")] = 1000,
    relevant: Annotated[list[int] | None, typer.Option(help="Covariates that matter, s; repeatable.")] = None,
    snr: Annotated[list[float] | None, typer.Option(help="Signal-to-noise ratio; repeatable.")] = None,
    law: Annotated[str, typer.Option(help="Law of the coefficients: equal, linear or geometric.")] = "equal",
    size: Annotated[
        list[int] | None, typer.Option(help="Sample size; repeatable. By default those of the book.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Root of all seeds. By default that of the book.")] = None,
    profile: Annotated[
        str | None,
        typer.Option(help=f"{PROFILE_HELP} Without it, one process does all; default uses every processor here."),
    ] = None,
    shard: Annotated[int, typer.Option(help="Repetitions of one job, with --profile.", min=1)] = 25,
    cores: Annotated[str, typer.Option(help="With --profile, processors to use or jobs of a cluster.")] = "all",
) -> None:
    """Simulate the four estimators of the theory chapter, under every penalty rule.

    Safe to interrupt and to repeat: the same command goes on from the last
    finished repetition, with the same numbers. With a profile the repetitions
    go in shards, each a job, and the numbers are the same to the last bit.
    """
    from computational_limits.pipeline import INTERRUPTED, PipelineBusyError
    from computational_limits.profiles import find_profile
    from computational_limits.shard_jobs import ShardError, run_shards
    from computational_limits.theory.design import SEED, Design
    from computational_limits.theory.shards import Plan, summarise_shards, write_shard
    from computational_limits.theory.simulation import SIZES, UnsolvedError

    published = Design()
    with _plain_errors(ValueError, OSError, UnsolvedError, ShardError, PipelineBusyError):
        designs = tuple(
            Design(covariates=covariates, relevant=s, snr=ratio, coefficient_law=law)
            for s in relevant or [published.relevant]
            for ratio in snr or [published.snr]
        )
        draws = out.with_name(f"{out.stem}-draws.csv")
        plan = Plan(designs, tuple(size or SIZES), SEED if seed is None else seed)
        if profile is None:
            with _progress("repetitions") as report:
                write_shard(plan, range(repetitions), draws, report)
        else:
            root = project_root()
            options = find_profile(profile, root).options(_checked_cores(cores))
            if not run_shards(plan, repetitions, shard, draws, root, options):
                _fail("interrupted. Finished shards are kept; the same command goes on from here", INTERRUPTED)
        summarise_shards([draws], out)
    typer.echo(f"means: {out}\ndraws: {draws}")


@data_app.command("check", epilog="Example: `complimits data check`")
def check_data() -> None:
    """Check every table against the codebook, then all together, and the protocol; exit with 2 if any offends.

    Together they must add up: corrections quote what they correct, every
    published burden agrees with its record or is explained, and every row of
    a source is in a table or listed as left out.
    """
    from computational_limits.checking import DataError
    from computational_limits.codebook import checks_of, foreign_keys, read_entries
    from computational_limits.consistency import describe_whole, read_whole
    from computational_limits.protocol import ProtocolError, read_protocol

    with _plain_errors(DataError, ProtocolError):
        root = project_root()
        tables = read_whole(root)
        read_protocol(root)
        entries = read_entries(root)
    shown = _new_table("Checked against the codebook", "table", "rows", "columns", "foreign keys", "checked for")
    for name, table in tables.items():
        keys, checks = foreign_keys(entries[name]), checks_of(entries[name])
        shown.add_row(name, f"{len(table)}", f"{len(table.columns)}", "\n".join(keys), ", ".join(checks))
    Console().print(shown)
    for line in describe_whole(tables):
        typer.echo(line)


@data_app.command(
    "describe",
    epilog="Examples: `complimits data describe`, `complimits data describe models`,"
    " `complimits data describe vintages --json`",
)
def describe_data(
    table: Annotated[
        str | None, typer.Argument(help="Table to describe column by column; all in short without.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Say what the tables hold: columns, units, meaning, ranges, gaps, sources."""
    from computational_limits.checking import DataError
    from computational_limits.codebook import describe_columns, describe_tables, read_entries, values_text
    from computational_limits.consistency import read_whole
    from computational_limits.tables import suggestion
    from computational_limits.vintages import derive_tables

    with _plain_errors(DataError):
        root = project_root()
        entries = read_entries(root)
        if table is not None and table not in entries:
            _fail(f"no table {table!r}{suggestion(table, entries)}", USAGE_ERROR)
        tables = read_whole(root)
        tables |= derive_tables(tables)
    summaries = describe_tables(entries, tables)
    if table is None:
        if as_json:
            typer.echo(json.dumps(summaries, indent=2, ensure_ascii=False))
            return
        shown = _new_table("Tables", "table", "rows", "columns", "title", "licence", "sources")
        for entry in summaries:
            words = (entry["title"], ", ".join(entry["licences"]), "\n".join(entry["sources"]))
            shown.add_row(entry["name"], f"{entry['rows']}", f"{entry['columns']}", *map(escape, words))
        Console().print(shown)
        return
    (summary,) = (entry for entry in summaries if entry["name"] == table)
    columns = describe_columns(entries[table], tables[table])
    if as_json:
        typer.echo(json.dumps({**summary, "columns": columns}, indent=2, ensure_ascii=False))
        return
    heading = f"{table}: {summary['title']}, {summary['rows']} rows. {summary['description']}"
    shown = _new_table(heading, "column", "missing", "meaning and constraints", "values")
    for column in columns:
        kind = ", ".join(filter(None, (column["type"], column["unit"])))
        meaning = "\n".join(filter(None, (column["meaning"], column["constraints"])))
        names = f"{column['name']}\n  {escape(kind)}"
        shown.add_row(names, f"{column['missing']}", escape(meaning), escape(values_text(column)))
    Console().print(shown)


@data_app.command(
    "export",
    epilog="Examples: `complimits data export tables`, `complimits data export points --table points --format csv`,"
    " `complimits data export audited --table vintages --vintage audited --format parquet`",
)
def export_data(
    out: Annotated[Path, typer.Argument(help="Folder to write; an earlier export in it is replaced.")],
    table: Annotated[
        list[str] | None, typer.Option(help="Table to export, as `complimits data describe` lists them; repeatable.")
    ] = None,
    form: Annotated[str, typer.Option("--format", help="csv, json, parquet or all.")] = "all",
    vintage: Annotated[
        str | None,
        typer.Option(help="Edition in table vintages alone: 2020, audited, 2020-records, 2022, 2022-audited."),
    ] = None,
) -> None:
    """Write the tables, checked, with their codebook, for other programs.

    The derived tables are among them: vintages, the models as the regressions
    take them, and audit, every published burden with what it should be.
    """
    from computational_limits.checking import DataError
    from computational_limits.export import FORMATS, ExportError, export
    from computational_limits.tables import suggestion
    from computational_limits.vintages import VINTAGES

    if form not in (*FORMATS, "all"):
        _fail(f"no format {form!r}{suggestion(form, [*FORMATS, 'all'])}", USAGE_ERROR)
    if vintage is not None and table and "vintages" not in table:
        _fail("--vintage chooses rows of table vintages: add --table vintages", USAGE_ERROR)
    formats = FORMATS if form == "all" else [form]
    with _plain_errors(DataError, ExportError, OSError):
        rows = export(project_root(), out, table or (), formats, list(VINTAGES) if vintage is None else [vintage])
    shown = _new_table(f"Exported to {out}", "table", "rows", "files")
    for name, count in rows.items():
        shown.add_row(name, f"{count}", ", ".join(f"{name}.{extension}" for extension in formats))
    Console().print(shown)


@book_app.command("gather")
def gather_tables(parts: list[Path], into: Annotated[Path, typer.Option()]) -> None:
    """Put tables of several pages under each other."""
    from computational_limits.results import gather

    gather(parts, into)


@book_app.command("run")
def run_of_batch(plan: Path, name: str) -> None:
    """Execute one run of a batch."""
    from computational_limits.batch import run_one
    from computational_limits.notebooks import NotebookError, ParameterError
    from computational_limits.pages import PageError

    with _plain_errors(ParameterError, PageError, NotebookError):
        run_one(plan, name, project_root())


@book_app.command("own")
def execute_own(entry: Path, page: Path) -> None:
    """Execute the chapter of a registered benchmark."""
    from computational_limits.chapter import TEMPLATE
    from computational_limits.checking import DataError
    from computational_limits.notebooks import NotebookError, ParameterError
    from computational_limits.notebooks import execute as execute_notebook
    from computational_limits.own import chapter_parameters, read_registered
    from computational_limits.pages import PageError

    with _plain_errors(DataError, ParameterError, PageError, NotebookError):
        root = project_root()
        parameters = chapter_parameters(read_registered(entry), entry.stem)
        execute_notebook(root / TEMPLATE, page, root, parameters)


@book_app.command("shard")
def write_a_shard(plan: str, first: int, count: int, output: Path) -> None:
    """Simulate some repetitions of a plan of the theory chapter."""
    from computational_limits.theory.shards import PLANS, write_shard
    from computational_limits.theory.simulation import UnsolvedError

    with _plain_errors(OSError, UnsolvedError):
        write_shard(PLANS[plan], range(first, first + count), output)


@book_app.command("draws")
def write_own_shard(plan: Path, first: int, count: int, output: Path) -> None:
    """Simulate some repetitions of `complimits simulate --profile`."""
    from computational_limits.shard_jobs import write_one
    from computational_limits.theory.simulation import UnsolvedError

    with _plain_errors(OSError, UnsolvedError):
        write_one(plan, range(first, first + count), output)


@book_app.command("summarise")
def summarise(shards: list[Path], into: Annotated[Path, typer.Option()]) -> None:
    """Means over the repetitions of all shards."""
    from computational_limits.theory.shards import summarise_shards

    summarise_shards(shards, into)


@book_app.command("growth")
def simulate_growth(output: Path) -> None:
    """Simulate the family of models that grows with its data."""
    from computational_limits.theory.growth import write_growth

    write_growth(output)


@book_app.command("calculator")
def write_laws(output: Path) -> None:
    """Fit the laws that the calculator and `complimits project` answer from."""
    from computational_limits.calculator import collect_calculator, write_calculator
    from computational_limits.checking import DataError
    from computational_limits.tables import read_table
    from computational_limits.vintages import VINTAGES, read_models

    with _plain_errors(DataError):
        models = {vintage: read_models(vintage) for vintage in VINTAGES}
        laws = collect_calculator(models, read_table("benchmarks")["benchmark"], read_table("assumptions"))
    write_calculator(laws, output)


@book_app.command("stage")
def stage_book(source: Path) -> None:
    """Fill the pages of book/ and put them beside the executed notebooks."""
    from computational_limits.book import stage_pages
    from computational_limits.checking import DataError
    from computational_limits.pages import PageError

    with _plain_errors(PageError, DataError):
        stage_pages(project_root(), source)


@book_app.command("html")
def build_html(source: Path, output: Path) -> None:
    """Build the HTML, warnings as errors."""
    from computational_limits.book import BuildError, build

    with _plain_errors(BuildError):
        build(source, "html", output)


@book_app.command("pdf")
def build_pdf(source: Path, work: Path, pdf: Path) -> None:
    """Build the PDF with LaTeX, or print it with Chromium."""
    from computational_limits.book import BuildError
    from computational_limits.book import build_pdf as build

    with _plain_errors(BuildError):
        typer.echo(f"PDF by {build(source, work, pdf, project_root() / 'apt.txt')}")


@book_app.command("publish")
def publish_book(html: Path, pdf: Path, times: Path, results: Annotated[list[Path], typer.Argument()]) -> None:
    """Replace the reader's copies by the new ones."""
    from computational_limits.book import publish

    publish(project_root(), html, pdf, results, times)


def _new_table(title: str, *headings: str) -> Table:
    """A table for the terminal: counts to the right, names unbroken."""
    shown = Table(title=title, title_justify="left")
    for heading in headings:
        count = heading in ("rows", "columns", "missing")
        unbroken = count or heading in ("table", "column", "licence")
        shown.add_column(heading, justify="right" if count else "left", no_wrap=unbroken, overflow="fold")
    return shown


def _print_summary(root: Path) -> None:
    from computational_limits.claims import VERDICTS
    from computational_limits.results import read_results

    counts = read_results("claims", root)["verdict"].value_counts()
    verdicts = ", ".join(f"{counts.get(verdict, 0)} {verdict}" for verdict in VERDICTS)
    for label, place in (
        ("HTML", "_build/html/index.html"),
        ("PDF", "_build/pdf/computational-limits.pdf"),
        ("results", "_build/results/"),
    ):
        typer.echo(f"{label + ':':<10}{root / place}")
    typer.echo(f"{'verdicts:':<10}{verdicts}")


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with the time left, on the terminal only."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _checked_cores(cores: str) -> str:
    if cores != "all" and (not cores.isdecimal() or int(cores) < 1):
        _fail(f"--cores {cores}: a number above 0, or all", USAGE_ERROR)
    return cores


def _parse_parameters(pairs: list[str]) -> dict[str, object]:
    parameters = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not name:
            _fail(f"parameter {pair!r} must have the form name=value", USAGE_ERROR)
        parameters[name] = _parse_value(text)
    return parameters


def _parse_value(text: str) -> object:
    """A value as YAML reads it, and 1e3 as the number that YAML takes for text."""
    try:
        return float(text) if SCIENTIFIC.fullmatch(text) else yaml.safe_load(text)
    except yaml.YAMLError:
        return text


@contextmanager
def _plain_errors(*kinds: type[Exception]) -> Iterator[None]:
    """Turn errors a user can mend into a message and an exit code, without a traceback."""
    try:
        yield
    except FileNotFoundError as error:
        _fail(str(error), USAGE_ERROR)
    except kinds as error:
        _fail(str(error), USAGE_ERROR if isinstance(error, ValueError) else 1)


def _fail(message: str, code: int = 1) -> NoReturn:
    typer.echo(f"{FAILURE}{message}", err=True)
    sys.exit(code)
