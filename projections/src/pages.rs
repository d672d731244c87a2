//! Pages by key: what comes after a row already seen, stable under inserts.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

/// A page asked for: at most `limit` rows, after the row that a cursor names.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    limit: i64,
    after: Option<Cursor>,
}

/// Where a page begins: rows are ordered by `position`, newest first, then `id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub position: i64,
    pub id: Uuid,
}

/// A query parameter that asks for no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    #[error("a page has 1 to 100 items")]
    Limit,
    #[error("this cursor was not given by this API")]
    Cursor,
}

impl Page {
    /// # Errors
    /// A limit outside 1 to 100, a cursor that was not given out.
    pub fn new(limit: Option<i64>, after: Option<&str>) -> Result<Self, PageError> {
        let limit = limit.unwrap_or(50);
        if !(1..=100).contains(&limit) {
            return Err(PageError::Limit);
        }
        Ok(Self {
            limit,
            after: after.map(Cursor::parse).transpose()?,
        })
    }

    /// One row more than asked for, which tells whether there is a next page.
    pub const fn fetch(&self) -> i64 {
        self.limit + 1
    }

    /// The largest position that may still come; ties are broken by [`Page::before_id`].
    pub fn before_position(&self) -> i64 {
        self.after.map_or(i64::MAX, |cursor| cursor.position)
    }

    pub fn before_id(&self) -> Uuid {
        self.after.map_or(Uuid::max(), |cursor| cursor.id)
    }

    /// Cuts the extra row off and says where the next page begins.
    pub fn cut<R>(
        &self,
        mut rows: Vec<R>,
        cursor: impl Fn(&R) -> Cursor,
    ) -> (Vec<R>, Option<String>) {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        if rows.len() <= limit {
            return (rows, None);
        }
        rows.truncate(limit);
        let next = rows.last().map(|row| cursor(row).encode());
        (rows, next)
    }
}

impl Cursor {
    pub fn encode(&self) -> String {
        let mut bytes = self.position.to_be_bytes().to_vec();
        bytes.extend_from_slice(self.id.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn parse(text: &str) -> Result<Self, PageError> {
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| PageError::Cursor)?;
        let (position, id) = bytes.split_first_chunk::<8>().ok_or(PageError::Cursor)?;
        let id = Uuid::from_slice(id).map_err(|_| PageError::Cursor)?;
        Ok(Self {
            position: i64::from_be_bytes(*position),
            id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back_as_it_was_given() {
        let cursor = Cursor {
            position: 42,
            id: Uuid::from_u128(7),
        };
        assert_eq!(Cursor::parse(&cursor.encode()), Ok(cursor));
        assert_eq!(Cursor::parse("nonsense"), Err(PageError::Cursor));
    }

    #[test]
    fn a_page_knows_whether_another_follows() {
        let page = Page::new(Some(2), None).unwrap();
        let cursor = |n: &i64| Cursor {
            position: *n,
            id: Uuid::nil(),
        };
        assert_eq!(page.cut(vec![3, 2], cursor), (vec![3, 2], None));
        let (rows, next) = page.cut(vec![3, 2, 1], cursor);
        assert_eq!((rows, next), (vec![3, 2], Some(cursor(&2).encode())));
    }

    #[test]
    fn a_limit_out_of_range_is_refused() {
        assert_eq!(Page::new(Some(0), None).unwrap_err(), PageError::Limit);
        assert_eq!(Page::new(Some(101), None).unwrap_err(), PageError::Limit);
    }
}
