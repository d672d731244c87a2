//! A read model of one table: loads the rows that a batch touches, folds in memory, writes back what
//! changed in one statement.

use crate::{
    Difference, Fold, ProjectionError, ReadModel, Row, Rows, Unprojectable,
    columns::{columns, list, select},
};
use async_trait::async_trait;
use purser_domain::Recorded;
use serde_json::Value;
use sqlx::PgConnection;
use std::{collections::HashSet, marker::PhantomData, sync::Arc};
use uuid::Uuid;

/// Rows that are read at once for comparing.
const CHUNK: usize = 1_000;

/// What a read model is made of: its rows, and how an event changes them. Pure.
pub trait Projection: Send + Sync + 'static {
    const NAME: &'static str;
    const TABLE: &'static str;
    type Row: Row;

    /// The rows that this event adds, changes or looks at.
    fn touches(event: &Recorded) -> Vec<Uuid>;

    /// Applies the event to these rows.
    ///
    /// # Errors
    /// Why it cannot be applied.
    fn project(rows: &mut Rows<Self::Row>, event: &Recorded) -> Result<(), Unprojectable>;
}

/// The [`ReadModel`] of a [`Projection`].
pub struct Table<P>(PhantomData<P>);

impl<P: Projection> Table<P> {
    pub fn model() -> Arc<dyn ReadModel> {
        Arc::new(Self(PhantomData))
    }
}

#[async_trait]
impl<P: Projection> ReadModel for Table<P> {
    fn name(&self) -> &'static str {
        P::NAME
    }

    fn table(&self) -> &'static str {
        P::TABLE
    }

    fn concerns(&self, event: &Recorded) -> bool {
        !P::touches(event).is_empty()
    }

    async fn project(
        &self,
        connection: &mut PgConnection,
        events: &[Recorded],
    ) -> Result<(), ProjectionError> {
        let mut ids: Vec<Uuid> = events.iter().flat_map(P::touches).collect();
        if ids.is_empty() {
            return Ok(());
        }
        ids.sort_unstable();
        ids.dedup();
        let table = P::TABLE;
        let select = select::<P::Row>(table, "where id = any($1)");
        let loaded = sqlx::query_as::<_, P::Row>(&select)
            .bind(&ids)
            .fetch_all(&mut *connection)
            .await?;
        let mut rows = Rows::loaded(loaded);
        for event in events {
            P::project(&mut rows, event).map_err(|source| ProjectionError::Event {
                position: event.position,
                stream: event.stream.clone(),
                source,
            })?;
        }
        let changed = objects(rows.changed())?;
        if changed.is_empty() {
            return Ok(());
        }
        let list = list::<P::Row>();
        let updates: Vec<String> = columns::<P::Row>()
            .iter()
            .map(|column| format!("{column} = excluded.{column}"))
            .collect();
        let upsert = format!(
            "insert into {table} ({list}) select {list} from jsonb_populate_recordset(null::{table}, $1) \
             on conflict (id) do update set {}",
            updates.join(", ")
        );
        sqlx::query(&upsert)
            .bind(Value::Array(changed))
            .execute(connection)
            .await?;
        Ok(())
    }

    fn fold(&self) -> Box<dyn Fold> {
        Box::new(Folded::<P> {
            rows: Rows::default(),
        })
    }
}

struct Folded<P: Projection> {
    rows: Rows<P::Row>,
}

#[async_trait]
impl<P: Projection> Fold for Folded<P> {
    fn apply(&mut self, event: &Recorded) -> Result<(), Unprojectable> {
        let touched = P::touches(event);
        if touched.is_empty() {
            return Ok(());
        }
        let before = self.rows.snapshot(&touched);
        P::project(&mut self.rows, event).inspect_err(|_| self.rows.restore(before))
    }

    fn rows(&self) -> usize {
        self.rows.len()
    }

    async fn copy(&self, connection: &mut PgConnection) -> Result<(), ProjectionError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let (table, list) = (P::TABLE, list::<P::Row>());
        let statement = format!("copy {table} ({list}) from stdin with (format csv)");
        let mut copy = connection.copy_in_raw(&statement).await?;
        let mut buffer = String::new();
        for row in self.rows.iter() {
            csv_line(&mut buffer, &object(row)?, columns::<P::Row>());
            if buffer.len() > 256 * 1024 {
                copy.send(buffer.as_bytes()).await?;
                buffer.clear();
            }
        }
        copy.send(buffer.as_bytes()).await?;
        copy.finish().await?;
        Ok(())
    }

    async fn compare(
        &self,
        connection: &mut PgConnection,
    ) -> Result<Vec<Difference>, ProjectionError> {
        let next_rows = format!("where id >= $1 order by id limit {CHUNK}");
        let select = select::<P::Row>(P::TABLE, &next_rows);
        let mut differences = Vec::new();
        let mut seen = HashSet::with_capacity(self.rows.len());
        let mut next = Some(0);
        while let Some(first) = next {
            let stored = sqlx::query_as::<_, P::Row>(&select)
                .bind(Uuid::from_u128(first))
                .fetch_all(&mut *connection)
                .await?;
            let last = stored.last().map(|row| row.id().as_u128());
            next = last.and_then(|last| last.checked_add(1));
            for row in stored {
                let id = row.id();
                seen.insert(id);
                let folded = self.rows.get(id);
                if folded != Some(&row) {
                    differences.push(Difference {
                        id,
                        stored: Some(object(&row)?),
                        folded: folded.map(object).transpose()?,
                    });
                }
            }
        }
        for row in self.rows.iter().filter(|row| !seen.contains(&row.id())) {
            differences.push(Difference {
                id: row.id(),
                stored: None,
                folded: Some(object(row)?),
            });
        }
        Ok(differences)
    }
}

fn object<R: Row>(row: &R) -> Result<Value, ProjectionError> {
    match serde_json::to_value(row) {
        Ok(object @ Value::Object(_)) => Ok(object),
        _ => Err(ProjectionError::Shape),
    }
}

fn objects<'a, R: Row>(rows: impl Iterator<Item = &'a R>) -> Result<Vec<Value>, ProjectionError> {
    rows.map(object).collect()
}

fn csv_line(line: &mut String, object: &Value, columns: &[&str]) {
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        match &object[*column] {
            Value::Null => {}
            Value::String(text) => csv_text(line, text),
            value @ (Value::Bool(_) | Value::Number(_)) => line.push_str(&value.to_string()),
            value => csv_text(line, &value.to_string()),
        }
    }
    line.push('\n');
}

/// Quoted, so that an empty text is not read as null.
fn csv_text(line: &mut String, text: &str) {
    line.push('"');
    line.push_str(&text.replace('"', "\"\""));
    line.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        story::{Story, id, rp},
        wallets::Wallets,
    };
    use purser_domain::{
        ids::{ChargeId, SubscriptionId, UserId, WalletId},
        wallet::{Wallet, WalletEvent},
    };
    use serde_json::json;

    #[test]
    fn an_event_that_cannot_be_applied_leaves_the_fold_as_it_was() {
        let owner = UserId::new(id(1));
        let story = Story::default()
            .then::<Wallet>(&WalletId::of(owner), WalletEvent::Opened { owner })
            .then::<Wallet>(
                &WalletId::of(owner),
                WalletEvent::Charged {
                    charge_id: ChargeId::new(id(2)),
                    amount: rp(1),
                    subscription_id: SubscriptionId::new(id(3)),
                    promotional: vec![],
                },
            );
        let [opened, charged] = story.events() else {
            panic!("two events")
        };
        let mut fold = Folded::<Wallets> {
            rows: Rows::default(),
        };
        fold.apply(opened).unwrap();
        let before = fold.rows.get(WalletId::of(owner).uuid()).cloned();
        assert_eq!(fold.apply(charged), Err(Unprojectable::Overflow));
        assert_eq!(fold.rows.get(WalletId::of(owner).uuid()), before.as_ref());
        assert_eq!(
            fold.apply(opened),
            Err(Unprojectable::Exists(WalletId::of(owner).uuid()))
        );
        assert_eq!(fold.rows(), 1);
    }

    #[test]
    fn a_line_tells_null_from_an_empty_text_and_keeps_quotes_and_breaks() {
        let row = json!({
            "array": [{"step": "a \"b\", c"}],
            "break": "a\r\nb",
            "empty": "",
            "null": null,
            "number": -5,
            "quote": "say \"x\"",
            "truth": true,
        });
        let mut line = String::new();
        let columns = [
            "array", "break", "empty", "null", "number", "quote", "truth",
        ];
        csv_line(&mut line, &row, &columns);
        let expected = concat!(
            r#""[{""step"":""a \""b\"", c""}]","a"#,
            "\r\n",
            r#"b","",,-5,"say ""x""",true"#,
            "\n"
        );
        assert_eq!(line, expected);
    }
}
