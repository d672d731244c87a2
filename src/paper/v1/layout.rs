//! The layout of the first version: one page of A4, and its two fonts.

use crate::paper::{
    font::Font,
    pdf::{About, HEIGHT, Page, Style, WIDTH},
    sheet::{Pair, Sheet},
};
use purser_domain::document::Numbered;
use sha2::{Digest as _, Sha256};

macro_rules! font {
    ($name:literal, $file:literal) => {
        Font::new(
            $name,
            include_bytes!(concat!("../../../templates/paper/v1/", $file)),
            include_bytes!(concat!("../../../templates/paper/v1/", $file, ".z")),
        )
    };
}

const LEFT: f32 = 56.0;
const RIGHT: f32 = WIDTH - 56.0;
const BOTTOM: f32 = HEIGHT - 40.0;
const MIDDLE: f32 = 330.0;
const FACTS: f32 = 180.0;

const PLAIN: Style = Style {
    bold: false,
    size: 9.5,
    grey: 0.0,
};
const PALE: Style = Style { grey: 0.4, ..PLAIN };
const STRONG: Style = Style {
    bold: true,
    ..PLAIN
};
const TITLE: Style = Style {
    bold: true,
    size: 20.0,
    grey: 0.0,
};
const LEADING: f32 = 14.0;

/// `None` where a font cannot be read.
pub(super) fn pdf(sheet: &Sheet, numbered: &Numbered) -> Option<Vec<u8>> {
    let regular = font!(b"PURSER+DejaVuSans", "regular.ttf")?;
    let bold = font!(b"PURSER+DejaVuSans-Bold", "bold.ttf")?;
    let mut writer = Writer {
        page: Page::new(regular, bold),
        y: 72.0,
    };
    writer.head(sheet);
    writer.facts(&sheet.facts);
    writer.rows(sheet);
    writer.notes(&sheet.notes);
    let digest = Sha256::digest(format!("{}/{}", sheet.number, numbered.template));
    let mut id = [0; 16];
    id.copy_from_slice(&digest[..16]);
    let title = format!("{} {}", sheet.title, sheet.number);
    Some(writer.page.finish(&About {
        title: &title,
        author: sheet.seller.first().map_or("", String::as_str),
        lang: sheet.lang,
        date: numbered.date,
        id,
    }))
}

struct Writer {
    page: Page,
    /// Where the next line is written.
    y: f32,
}

impl Writer {
    /// Writes a text in lines of at most this width, from here on.
    fn block(&mut self, x: f32, text: &str, style: Style, most: f32) {
        for line in self.page.wrapped(text, style, most) {
            self.page.text(x, self.y, &line, style);
            self.y += LEADING;
        }
    }

    fn right(&mut self, y: f32, text: &str, style: Style) {
        let x = RIGHT - self.page.width(text, style);
        self.page.text(x, y, text, style);
    }

    fn head(&mut self, sheet: &Sheet) {
        let top = self.y;
        self.page.text(LEFT, self.y, &sheet.title, TITLE);
        self.y += 1.5 * LEADING;
        self.block(LEFT, &sheet.number, STRONG, MIDDLE - LEFT);
        self.block(LEFT, &sheet.date, PLAIN, MIDDLE - LEFT);
        let below = self.y;
        self.y = top;
        for (number, line) in sheet.seller.iter().enumerate() {
            let style = if number == 0 { STRONG } else { PLAIN };
            self.block(MIDDLE, line, style, RIGHT - MIDDLE);
        }
        self.y = self.y.max(below) + 2.0 * LEADING;
        for (number, line) in sheet.buyer.iter().enumerate() {
            let style = if number == 0 { PALE } else { PLAIN };
            self.block(LEFT, line, style, RIGHT - LEFT);
        }
        self.y += 1.5 * LEADING;
    }

    fn facts(&mut self, facts: &[Pair]) {
        for (label, text) in facts {
            self.page.text(LEFT, self.y, label, PALE);
            self.block(FACTS, text, PLAIN, RIGHT - FACTS);
        }
        self.y += LEADING;
    }

    fn row(&mut self, (label, amount): &Pair, style: Style) {
        let room = RIGHT - LEFT - self.page.width(amount, style) - LEADING;
        self.right(self.y, amount, style);
        self.block(LEFT, label, style, room);
    }

    fn rows(&mut self, sheet: &Sheet) {
        for row in &sheet.rows {
            self.page.line(LEFT, RIGHT, self.y - LEADING + 2.0, 0.5);
            self.row(row, PLAIN);
            self.y += 4.0;
        }
        self.page.line(LEFT, RIGHT, self.y - LEADING + 2.0, 1.2);
        self.row(&sheet.total, STRONG);
        self.y += 4.0;
        for row in &sheet.vat {
            self.row(row, PALE);
        }
        self.y += LEADING;
    }

    fn notes(&mut self, notes: &[String]) {
        for note in notes {
            if self.y < BOTTOM {
                self.block(LEFT, note, PALE, RIGHT - LEFT);
            }
        }
    }
}
