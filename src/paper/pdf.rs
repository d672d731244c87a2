//! A page of a PDF: texts where they are put, lines, and what the file says about itself.

use super::font::Font;
use chrono::{Datelike, NaiveDate};
use pdf_writer::{Content, Date, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

/// A4, in points.
pub(super) const WIDTH: f32 = 595.0;
pub(super) const HEIGHT: f32 = 842.0;

/// How a text is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) bold: bool,
    pub(super) size: f32,
    /// 0 is black, 1 is white.
    pub(super) grey: f32,
}

/// A page in the making. Positions are counted from the upper left corner.
pub(super) struct Page {
    regular: Font,
    bold: Font,
    content: Content,
}

/// What a file says about itself.
pub(super) struct About<'a> {
    pub(super) title: &'a str,
    pub(super) author: &'a str,
    pub(super) lang: &'a str,
    /// The day that it bears, at its first moment in Jakarta.
    pub(super) date: NaiveDate,
    /// Tells this file from all others, and is the same whenever it is written.
    pub(super) id: [u8; 16],
}

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const PAGE: Ref = Ref::new(3);
const CONTENT: Ref = Ref::new(4);
const INFO: Ref = Ref::new(5);
const REGULAR: i32 = 6;
const BOLD: i32 = 11;

impl Page {
    pub(super) fn new(regular: Font, bold: Font) -> Self {
        Self {
            regular,
            bold,
            content: Content::new(),
        }
    }

    /// How wide a text is, in points.
    pub(super) fn width(&self, text: &str, style: Style) -> f32 {
        let font = match style.bold {
            true => &self.bold,
            false => &self.regular,
        };
        font.width(text, style.size)
    }

    /// Writes a text with its base line here.
    pub(super) fn text(&mut self, x: f32, y: f32, text: &str, style: Style) {
        let (font, name) = match style.bold {
            true => (&mut self.bold, Name(b"B")),
            false => (&mut self.regular, Name(b"R")),
        };
        let bytes = font.encode(text);
        self.content
            .set_fill_gray(style.grey)
            .begin_text()
            .set_font(name, style.size)
            .next_line(x, HEIGHT - y)
            .show(Str(&bytes))
            .end_text();
    }

    /// Draws a line across.
    pub(super) fn line(&mut self, from: f32, to: f32, y: f32, thick: f32) {
        self.content
            .set_line_width(thick)
            .move_to(from, HEIGHT - y)
            .line_to(to, HEIGHT - y)
            .stroke();
    }

    /// The words of a text in lines of at most this width; a word that is wider stands alone.
    pub(super) fn wrapped(&self, text: &str, style: Style, most: f32) -> Vec<String> {
        let mut lines: Vec<String> = vec![];
        for word in text.split_whitespace() {
            if let Some(line) = lines.last_mut() {
                let longer = format!("{line} {word}");
                if self.width(&longer, style) <= most {
                    *line = longer;
                    continue;
                }
            }
            lines.push(word.to_owned());
        }
        lines
    }

    /// The file.
    pub(super) fn finish(self, about: &About<'_>) -> Vec<u8> {
        let mut pdf = Pdf::new();
        pdf.set_file_id((about.id.to_vec(), about.id.to_vec()));
        pdf.catalog(CATALOG).pages(PAGES).lang(TextStr(about.lang));
        pdf.pages(PAGES).kids([PAGE]).count(1);
        let mut page = pdf.page(PAGE);
        page.parent(PAGES)
            .media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT))
            .contents(CONTENT);
        page.resources()
            .fonts()
            .pair(Name(b"R"), Ref::new(REGULAR))
            .pair(Name(b"B"), Ref::new(BOLD));
        page.finish();
        pdf.stream(CONTENT, &self.content.finish());
        pdf.document_info(INFO)
            .title(TextStr(about.title))
            .author(TextStr(about.author))
            .producer(TextStr("Purser"))
            .creation_date(first_moment(about.date));
        self.regular.write(&mut pdf, REGULAR);
        self.bold.write(&mut pdf, BOLD);
        pdf.finish()
    }
}

fn first_moment(day: NaiveDate) -> Date {
    let small = |number: u32| u8::try_from(number).unwrap_or(1);
    Date::new(u16::try_from(day.year()).unwrap_or(u16::MAX))
        .month(small(day.month()))
        .day(small(day.day()))
        .hour(0)
        .minute(0)
        .second(0)
        .utc_offset_hour(7)
        .utc_offset_minute(0)
}
