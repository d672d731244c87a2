//! A font as it is embedded: as a whole, deflated beforehand, so that no compressor of another day changes a byte. What it
//! has no glyph for shows as a box.

use pdf_writer::{
    Name, Pdf, Rect, Ref, Str,
    types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap},
};
use std::collections::BTreeMap;
use ttf_parser::Face;

/// A font that glyphs of a page are taken from.
pub(super) struct Font {
    /// The name inside the PDF.
    name: &'static [u8],
    deflated: &'static [u8],
    length: i32,
    face: Face<'static>,
    /// The letters of the page, by their glyphs.
    used: BTreeMap<u16, char>,
}

impl Font {
    /// `None` where it cannot be read.
    pub(super) fn new(
        name: &'static [u8],
        plain: &'static [u8],
        deflated: &'static [u8],
    ) -> Option<Self> {
        Some(Self {
            name,
            deflated,
            length: i32::try_from(plain.len()).ok()?,
            face: Face::parse(plain, 0).ok()?,
            used: BTreeMap::new(),
        })
    }

    /// Half a point and the like, in thousandths of the size.
    fn scaled(&self, units: i64) -> f32 {
        let em = i64::from(self.face.units_per_em()).max(1);
        (units * 1_000 / em) as f32
    }

    fn advance(&self, glyph: u16) -> f32 {
        let advance = self.face.glyph_hor_advance(ttf_parser::GlyphId(glyph));
        self.scaled(advance.unwrap_or_default().into())
    }

    fn glyph(&self, letter: char) -> u16 {
        self.face.glyph_index(letter).map_or(0, |glyph| glyph.0)
    }

    /// How wide a text is at this size, in points.
    pub(super) fn width(&self, text: &str, size: f32) -> f32 {
        let glyphs = text.chars().map(|letter| self.glyph(letter));
        glyphs.map(|glyph| self.advance(glyph)).sum::<f32>() * size / 1_000.0
    }

    /// The bytes that show a text.
    pub(super) fn encode(&mut self, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len() * 2);
        for letter in text.chars() {
            let glyph = self.glyph(letter);
            self.used.entry(glyph).or_insert(letter);
            bytes.extend_from_slice(&glyph.to_be_bytes());
        }
        bytes
    }

    /// Writes the font with what the page uses of it, under five references that follow on `first`.
    pub(super) fn write(&self, pdf: &mut Pdf, first: i32) {
        let [whole, cid, descriptor, file, unicode] =
            [0, 1, 2, 3, 4].map(|offset| Ref::new(first + offset));
        let system = SystemInfo {
            registry: Str(b"Adobe"),
            ordering: Str(b"Identity"),
            supplement: 0,
        };
        pdf.type0_font(whole)
            .base_font(Name(self.name))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid)
            .to_unicode(unicode);
        let mut font = pdf.cid_font(cid);
        font.subtype(CidFontType::Type2)
            .base_font(Name(self.name))
            .system_info(system)
            .font_descriptor(descriptor)
            .cid_to_gid_map_predefined(Name(b"Identity"));
        let mut widths = font.widths();
        for glyph in self.used.keys() {
            widths.consecutive(*glyph, [self.advance(*glyph)]);
        }
        drop(widths);
        drop(font);
        let bounds = self.face.global_bounding_box();
        let scaled = |units: i16| self.scaled(units.into());
        let bounds = Rect::new(
            scaled(bounds.x_min),
            scaled(bounds.y_min),
            scaled(bounds.x_max),
            scaled(bounds.y_max),
        );
        let height = self.face.capital_height().unwrap_or_default();
        pdf.font_descriptor(descriptor)
            .name(Name(self.name))
            .flags(FontFlags::NON_SYMBOLIC)
            .bbox(bounds)
            .italic_angle(0.0)
            .ascent(scaled(self.face.ascender()))
            .descent(scaled(self.face.descender()))
            .cap_height(scaled(height))
            .stem_v(80.0)
            .font_file2(file);
        let mut stream = pdf.stream(file, self.deflated);
        stream.filter(pdf_writer::Filter::FlateDecode);
        stream.pair(Name(b"Length1"), self.length);
        drop(stream);
        let mut map = UnicodeCmap::new(Name(b"Letters"), system);
        // A box stands for whatever is missing, and so means nothing.
        for (glyph, letter) in self.used.iter().filter(|(glyph, _)| **glyph != 0) {
            map.pair(*glyph, *letter);
        }
        pdf.cmap(unicode, &map.finish());
    }
}
