"""surveylib paper: forms to print, numbered, with their link register."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.instrument import load_questionnaire
from surveylib.model.setting import Setting
from surveylib.model.study import Study
from surveylib.report.estimates import write_csv
from surveylib.report.paper import typeset_form
from surveylib.report.paper_sheets import LAYOUT_SUFFIX, draw_serials, link_register, print_sheets
from surveylib.report.publish import write_bytes, write_text
from surveylib.rng import stream


@click.command(
    "paper",
    epilog="Example: surveylib paper questionnaires/c_clients.yaml --study data/binh_duong --unit phu_cuong "
    "--wave t0 --count 200 --register keys/phu_cuong_t0.csv --output phu_cuong_t0.pdf",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), required=True, help="PDF to write.")
@click.option("--study", type=click.Path(path_type=Path), required=True, help="Study (folder or study.yaml).")
@click.option("--unit", required=True, help="The unit the forms are for.")
@click.option("--wave", required=True, help="The wave the forms are for.")
@click.option("--count", type=click.IntRange(min=1), required=True, help="How many numbered sheets.")
@click.option(
    "--register",
    type=click.Path(path_type=Path),
    required=True,
    help="CSV to write: which numbers were printed. This key links sheets to people: keep it apart.",
)
@click.option(
    "--batch",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Number anew for a second printing.",
)
@click.option(
    "--lang",
    type=click.Choice(["vi", "en", "both"]),
    default="vi",
    show_default=True,
    help="Language printed.",
)
def command(
    file: Path,
    output: Path,
    study: Path,
    unit: str,
    wave: str,
    count: int,
    register: Path,
    batch: int,
    lang: str,
) -> None:
    """Print the questionnaire in FILE COUNT times for one unit and wave, every sheet with a random number in
    a square code.

    Beside the PDF stands NAME.layout.json, which `surveylib scan` needs to read the filled forms.
    """
    if output.suffix.lower() != ".pdf":
        raise SurveyError("output has another suffix", expected=".pdf", got=repr(output.name))
    if register.exists():
        raise SurveyError(
            "register exists", where=str(register), hint="name another file; keep every register"
        )
    place = study / "study.yaml" if study.is_dir() else study
    setting = Setting(study=documents.read(place, Study), unit=unit, wave=wave)
    form = typeset_form(load_questionnaire(file), setting=setting, lang=lang)
    layout = form.layout
    rng = stream(setting.study.seed, "paper", layout.form, layout.version, unit, wave, batch)
    serials = draw_serials(rng, count=count)
    content = print_sheets(form, serials=serials, wave=wave, unit=unit)
    write_csv(link_register(serials, form=form, wave=wave, unit=unit, batch=batch), register)
    beside = output.with_name(output.stem + LAYOUT_SUFFIX)
    write_text(beside, layout.json())
    write_bytes(output, content)
    click.echo(f"{output}: {count} sheets of {layout.pages} pages; {beside}; {register}")
