"""Exports: what comes back is what went out, and nothing half-written or foreign is in the way."""

import csv
import hashlib
import json
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from frictionless import Package

from computational_limits import export as module
from computational_limits.audit import RESULT_COLUMNS, audit
from computational_limits.codebook import read_entries
from computational_limits.consistency import check_formulas
from computational_limits.export import FORMATS, NAME, PACKAGE, ExportError, export, require_replaceable
from computational_limits.tables import PANDAS_TYPES, read_table
from computational_limits.vintages import COLUMNS, VINTAGES, read_models, read_records

DERIVED = ("vintages", "audit")
BESIDE = {"README.md", "codebook.csv", PACKAGE, "references.bib"}


@pytest.fixture(scope="module")
def exported(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of everything."""
    out = tmp_path_factory.mktemp("place") / "tables"
    export(root, out)
    return out


@pytest.fixture(scope="module")
def expected(root: Path) -> dict[str, pd.DataFrame]:
    """Every table as the rest of the package reads it."""
    tables = {name: read_table(name, root) for name in read_entries(root) if name not in DERIVED}
    tables["vintages"] = pd.concat([read_models(vintage, root=root) for vintage in VINTAGES], ignore_index=True)
    audited = audit(read_records(root))
    tables["audit"] = audited.assign(evidence=audited["evidence"].replace("", None))
    return tables


def read_back(folder: Path, name: str, form: str) -> pd.DataFrame:
    """A table of an export, by the types that its codebook states."""
    package = json.loads((folder / PACKAGE).read_text(encoding="utf-8"))
    (resource,) = (part for part in package["resources"] if part["path"] == f"{name}.{form}")
    types = {field["name"]: PANDAS_TYPES[field["type"]] for field in resource["schema"]["fields"]}
    path = folder / resource["path"]
    if form == "csv":
        return pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
    if form == "json":
        return pd.DataFrame(json.loads(path.read_text(encoding="utf-8")), columns=list(types)).astype(types)
    with duckdb.connect() as connection:
        found = connection.execute("SELECT * FROM read_parquet(?)", [str(path)])
        names = [column[0] for column in found.description]
        return pd.DataFrame(found.fetchall(), columns=names).astype(types)


@pytest.mark.parametrize("form", FORMATS)
def test_every_table_comes_back_equal_with_its_types(
    form: str, exported: Path, expected: dict[str, pd.DataFrame]
) -> None:
    for name, table in expected.items():
        pd.testing.assert_frame_equal(read_back(exported, name, form), table, check_exact=True, obj=f"{name}.{form}")


def test_an_export_holds_every_table_in_every_format_and_nothing_else(root: Path, exported: Path) -> None:
    files = {f"{name}.{form}" for name in read_entries(root) for form in FORMATS}
    assert {path.name for path in exported.iterdir()} == files | BESIDE
    assert [path.name for path in exported.parent.iterdir()] == ["tables"]


def test_types_of_parquet_are_those_of_the_codebook_and_not_guessed(root: Path, exported: Path) -> None:
    types = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE"}
    with duckdb.connect() as connection:
        for name, entry in read_entries(root).items():
            described = connection.execute(
                "DESCRIBE SELECT * FROM read_parquet(?)", [str(exported / f"{name}.parquet")]
            )
            stored = {row[0]: row[1] for row in described.fetchall()}
            assert stored == {field["name"]: types[field["type"]] for field in entry["schema"]["fields"]}


def test_integers_with_gaps_stay_integers_and_digits_in_text_stay_text(exported: Path) -> None:
    part = next(row for row in json.loads((exported / "processors.json").read_text()) if row["parts"] is not None)
    assert type(part["parts"]) is int
    assert any(row["parts"] is None for row in json.loads((exported / "processors.json").read_text()))
    assert json.loads((exported / "vintages.json").read_text())[0]["vintage"] == "2020"


def test_the_codebook_describes_the_columns_of_the_derived_tables_in_their_order(root: Path) -> None:
    entries = read_entries(root)
    for name, columns in (("vintages", COLUMNS), ("audit", RESULT_COLUMNS)):
        fields = entries[name]["schema"]["fields"]
        assert [field["name"] for field in fields] == list(columns)
        for field in fields:
            assert field["description"].endswith(".")
            if field["name"].endswith("_gflop"):
                assert field["unit"] == "GFLOP"


def test_frictionless_finds_the_codebook_of_the_export_valid_and_every_cell_by_it(exported: Path) -> None:
    package = Package(str(exported / PACKAGE))  # refuses a codebook that is no data package
    assert package.name == NAME
    tables = len(list(exported.glob("*.parquet")))
    assert len(package.resources) == len(FORMATS) * tables
    for name in [resource.name for resource in package.resources if resource.format != "csv"]:
        package.remove_resource(name)  # Frictionless has no reader of these here; they equal the CSV, as tested above
    report = package.validate()
    assert len(report.tasks) == tables
    assert report.valid, report.to_summary()


def test_frictionless_finds_a_cell_that_breaks_the_codebook_of_the_export(exported: Path, tmp_path: Path) -> None:
    broken = shutil.copytree(exported, tmp_path / "tables")
    table = broken / "audit.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",agrees,", ",agree,", 1), encoding="utf-8")
    assert not Package(str(broken / PACKAGE)).get_resource("audit").validate().valid


def test_references_of_a_format_stay_within_it(exported: Path) -> None:
    package = json.loads((exported / PACKAGE).read_text(encoding="utf-8"))
    kinds = {resource["name"]: resource["format"] for resource in package["resources"]}
    for resource in package["resources"]:
        for key in resource["schema"].get("foreignKeys", []):
            assert kinds[key["reference"]["resource"] or resource["name"]] == resource["format"]


def test_the_codebook_of_the_export_has_size_and_digest_of_each_file(exported: Path) -> None:
    for resource in json.loads((exported / PACKAGE).read_text(encoding="utf-8"))["resources"]:
        content = (exported / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_a_selection_is_valid_without_the_tables_it_refers_to(root: Path, tmp_path: Path) -> None:
    rows = export(root, tmp_path / "few", ["stages", "points"], ["csv"])
    assert list(rows) == ["stages", "points"]
    assert {path.name for path in (tmp_path / "few").iterdir()} == {"stages.csv", "points.csv"} | BESIDE
    assert Package(str(tmp_path / "few" / PACKAGE)).validate().valid


def test_a_vintage_chooses_the_rows_of_the_vintages(root: Path, tmp_path: Path) -> None:
    rows = export(root, tmp_path / "out", ["vintages"], ["csv"], ["audited"])
    assert rows == {"vintages": 101}
    assert set(read_back(tmp_path / "out", "vintages", "csv")["vintage"]) == {"audited"}


def test_the_list_of_columns_names_each_once(root: Path, exported: Path) -> None:
    with (exported / "codebook.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    fields = [
        (name, field["name"]) for name, entry in read_entries(root).items() for field in entry["schema"]["fields"]
    ]
    assert [(row["table"], row["column"]) for row in rows] == fields
    (burden,) = (row for row in rows if (row["table"], row["column"]) == ("points", "hardware_burden_gflop"))
    assert burden["unit"] == "GFLOP"
    assert burden["constraints"] == "required; at most 1e+24; above 0"


def test_no_text_of_any_table_begins_a_formula(expected: dict[str, pd.DataFrame]) -> None:
    assert list(check_formulas(expected)) == []


def test_the_same_data_give_the_same_bytes(root: Path, exported: Path, tmp_path: Path) -> None:
    export(root, tmp_path / "again", ["points"])
    for form in FORMATS:
        assert (tmp_path / "again" / f"points.{form}").read_bytes() == (exported / f"points.{form}").read_bytes()


def test_an_earlier_export_is_replaced_whole(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    export(root, out, ["points", "targets"], ["csv"])
    export(root, out, ["points"], ["json"])
    assert {path.name for path in out.iterdir()} == {"points.json"} | BESIDE


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    require_replaceable(tmp_path)


def test_the_data_of_the_project_are_no_earlier_export(root: Path, tmp_path: Path) -> None:
    data = shutil.copytree(root / "data", tmp_path / "data")
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}
    with pytest.raises(ExportError, match="no earlier export"):
        export(root, data)
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("package", [None, "[]", "{", '{"name": "another"}', '{"name": "computational-limits-export"}'])
def test_a_foreign_folder_is_refused_and_kept(package: str | None, root: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    if package is not None:
        (tmp_path / PACKAGE).write_text(package, encoding="utf-8")
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(ExportError, match="no earlier export"):
        export(root, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_an_earlier_export_with_something_else_in_it_is_refused_by_name(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "tables"
    export(root, out, ["targets"], ["csv"])
    (out / "analysis.py").write_text("mine", encoding="utf-8")
    with pytest.raises(ExportError, match=r"holds analysis\.py, which no export wrote"):
        export(root, out, ["targets"], ["csv"])
    assert (out / "analysis.py").read_text(encoding="utf-8") == "mine"


def test_a_file_and_a_link_are_refused(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path)
    for name in ("file", "link"):
        with pytest.raises(ExportError, match="is not a folder"):
            export(root, tmp_path / name)


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
@pytest.mark.parametrize("earlier", [False, True])
def test_an_export_that_is_cut_off_leaves_all_as_it_was(
    earlier: bool, error: BaseException, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "tables"
    if earlier:
        export(root, out, ["targets"], ["csv"])
    before = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(module, "_write_columns", fail)  # after the tables, before the folder is complete
    with pytest.raises(type(error)):
        export(root, out, ["targets"], ["csv", "parquet"])
    assert {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    assert [path.name for path in tmp_path.iterdir()] == (["tables"] if earlier else [])


def test_an_export_that_cannot_be_put_in_place_gives_the_earlier_one_back(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "tables"
    export(root, out, ["targets"], ["csv"])
    before = {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    rename = Path.rename

    def fail_at_last(path: Path, target: Path) -> Path:
        if path.name.startswith(".tables.") and path.name != ".tables.old":
            raise OSError("disk gone")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail_at_last)
    with pytest.raises(OSError, match="disk gone"):
        export(root, out, ["points"], ["csv"])
    assert {str(path): path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"names": ["model"]}, "no table 'model'; did you mean 'models'?"),
        ({"formats": ["xlsx"]}, "no format 'xlsx'; known: csv, json, parquet"),
        ({"vintages": ["auditd"]}, "no vintage 'auditd'; did you mean 'audited'?"),
    ],
)
def test_an_unknown_name_is_refused_before_anything_is_written(
    options: dict[str, list[str]], message: str, root: Path, tmp_path: Path
) -> None:
    with pytest.raises(ExportError) as caught:
        export(root, tmp_path / "deep" / "out", **options)
    assert str(caught.value) == message
    assert list(tmp_path.iterdir()) == []
