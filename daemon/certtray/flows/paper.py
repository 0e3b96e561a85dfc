"""A document on paper or as a file: PDF with Chinese text, saved or printed (3-19, 2-19)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from certtray.core.errors import CertTrayError, FileTooLarge, NotPrinted, WriteFailed
from certtray.core.masks import mask_numbers
from certtray.flows.context import Context
from certtray.flows.done import Cell
from certtray.flows.face import Event
from certtray.flows.places import choose_place
from certtray.flows.questions import Choice, Option
from certtray.system.archive import replace_archived
from certtray.system.fonts import Font, chinese_font
from certtray.system.printing import print_pdf


@dataclass(frozen=True, slots=True)
class Document:
    """A title and rows in both languages, as (Chinese, English) and (Chinese, English, value); ``name`` is the file's."""

    title: tuple[str, str]
    rows: Sequence[tuple[str, str, str]]
    name: str


def hand_out(context: Context, document: Document, shown: Sequence[tuple[Cell, Cell]]) -> Path | None:
    """Show what the document says and save or print it, as the person likes; return the file, None without one.

    NoFont. A printer or a folder that fails is told, and another way may be taken.
    """
    face, font = context.face, chinese_font()
    error: CertTrayError | None = None
    while True:
        options = tuple(Option(each, f"paper.{each}") for each in ("save", "print", "neither"))
        way = face.ask(Choice(key="paper_out", options=options, rows=shown, error=error))
        if way == "neither":
            return None
        pdf = face.wait("paper", lambda: _pdf(document, font))
        try:
            if way == "save":
                return _save(context, document, pdf)
            face.wait("print", lambda: print_pdf(pdf, document.title[1]))  # noqa: B023 - runs now
            face.tell(Event("printed"))
            return None
        except (NotPrinted, WriteFailed, FileTooLarge) as failed:
            error = failed


def _save(context: Context, document: Document, pdf: bytes) -> Path:
    place = choose_place(context.face, "paper_place", Path.home() / document.name)
    replace_archived(place, pdf, context.archive)
    context.face.tell(Event("saved", {"path": mask_numbers(str(place))}))
    return place


def _pdf(document: Document, font: Font) -> bytes:
    from fpdf import FPDF  # half a second that only paper costs
    from fpdf.enums import XPos, YPos

    page = FPDF(format="A4")
    page.set_margins(25, 25)
    page.add_font("paper", fname=font.path, collection_font_number=font.index)
    page.set_title(document.title[0])
    page.set_lang("zh-TW")
    page.add_page()
    page.set_font("paper", size=20)
    page.cell(text=document.title[0], new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.set_font("paper", size=11)
    page.cell(text=document.title[1], new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    page.ln(8)
    with page.table(col_widths=(1, 2), first_row_as_headings=False, line_height=7, padding=1.5) as table:
        for chinese, english, value in document.rows:
            row = table.row()
            row.cell(f"{chinese} {english}")
            row.cell(value)
    return bytes(page.output())
