//! The pages a person sees when opening a stand-in in a browser. No script, nothing fetched from elsewhere.

use std::sync::LazyLock;

use minijinja::{Environment, value::Serde};
use poem::{IntoResponse, Response, http::StatusCode, web::Html};
use serde::Serialize;

static TEMPLATES: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    let sources = [
        ("layout.html", include_str!("layout.html.j2")),
        (
            "midtrans/index.html",
            include_str!("midtrans/pages/index.html.j2"),
        ),
        (
            "midtrans/payment.html",
            include_str!("midtrans/pages/payment.html.j2"),
        ),
        (
            "mailbox/list.html",
            include_str!("mailbox/pages/list.html.j2"),
        ),
        (
            "mailbox/message.html",
            include_str!("mailbox/pages/message.html.j2"),
        ),
    ];
    for (name, source) in sources {
        environment
            .add_template(name, source)
            .expect("the templates are compiled in and parse");
    }
    environment.add_filter("rupiah", rupiah);
    environment
});

/// The page as an answer; a template that fails is the stand-in's own fault and says so.
pub(super) fn page(name: &str, values: impl Serialize) -> Response {
    let rendered = TEMPLATES
        .get_template(name)
        .and_then(|template| template.render(Serde(&values)));
    match rendered {
        Ok(html) => Html(html).into_response(),
        Err(error) => Response::builder()
            .status(StatusCode::INTERNAL_SERVER_ERROR)
            .body(format!("{error:#}")),
    }
}

fn rupiah(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    format!("{}Rp {grouped}", if amount < 0 { "-" } else { "" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rupiah_are_grouped_by_thousands() {
        assert_eq!(rupiah(500), "Rp 500");
        assert_eq!(rupiah(10_000), "Rp 10.000");
        assert_eq!(rupiah(-1_250_000), "-Rp 1.250.000");
    }
}
