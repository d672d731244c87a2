use super::*;
use crate::http::{
    dates::{Day, Moment},
    parameters::Typed,
};
use poem_openapi::{Enum, Object};
use serde_json::json;
use uuid::Uuid;

#[derive(Debug, PartialEq, Eq, Hash, Enum)]
#[oai(rename_all = "lowercase")]
enum Colour {
    Red,
    Blue,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct Request {
    id: Uuid,
    #[oai(validator(min_length = 2))]
    name: String,
    amount: u32,
    /// What it looks like.
    colour: Option<Colour>,
    #[oai(validator(min_items = 1, max_items = 2))]
    colours: Vec<Colour>,
    chosen: Option<Typed>,
}

fn wrong(text: &str) -> Vec<(String, String)> {
    let mut problem = parse::<Request>(text.as_bytes()).err().unwrap();
    let errors = std::mem::take(&mut problem.errors).into_iter();
    errors.map(|error| (error.pointer, error.detail)).collect()
}

#[test]
fn every_field_that_does_not_fit_is_named() {
    let body = r#"{"id":"x","name":"a","amount":-1,"colour":"green","colours":["red",7],"a/b":1}"#;
    let expected = [
        ("/id", "is not an id: a UUID"),
        ("/name", "is shorter than 2 characters"),
        ("/amount", "is not a whole number from 0 to 4294967295"),
        ("/colour", "is none of red, blue"),
        ("/colours/1", "is not a text"),
        ("/a~1b", "is not a field of this request"),
    ];
    let expected: Vec<(String, String)> = expected
        .iter()
        .map(|(pointer, detail)| ((*pointer).to_owned(), (*detail).to_owned()))
        .collect();
    assert_eq!(wrong(body), expected);
}

#[test]
fn a_list_has_neither_too_few_nor_too_many_elements() {
    let id = Uuid::nil();
    for (colours, detail) in [
        ("[]", "has fewer than 1 elements"),
        (r#"["red","blue","red"]"#, "has more than 2 elements"),
    ] {
        let body = format!(r#"{{"id":"{id}","name":"ab","amount":1,"colours":{colours}}}"#);
        assert_eq!(wrong(&body), [("/colours".to_owned(), detail.to_owned())]);
    }
}

#[test]
fn what_is_missing_or_null_is_named() {
    let pointers: Vec<String> = wrong(r#"{"colour":null}"#)
        .into_iter()
        .map(|(pointer, _)| pointer)
        .collect();
    assert_eq!(pointers, ["/id", "/name", "/amount", "/colour", "/colours"]);
}

#[test]
fn what_does_not_fit_under_a_name_of_the_callers_choice_is_named() {
    let chosen =
        r#"{"list":[],"half":0.5,"empty":"","a/b":null,"text":"x","number":7,"flag":true}"#;
    let id = Uuid::nil();
    let body = |chosen: &str| {
        format!(r#"{{"id":"{id}","name":"ab","amount":1,"colours":["red"],"chosen":{chosen}}}"#)
    };
    let expected = [
        (
            "/chosen/a~1b",
            "is not a text, a whole number, true or false",
        ),
        ("/chosen/empty", "is shorter than 1 characters"),
        ("/chosen/half", "is not a whole number, or too large"),
        (
            "/chosen/list",
            "is not a text, a whole number, true or false",
        ),
    ];
    let expected = expected.map(|(pointer, detail)| (pointer.to_owned(), detail.to_owned()));
    assert_eq!(wrong(&body(chosen)), expected);
    let no_object = ("/chosen".to_owned(), "is not an object".to_owned());
    assert_eq!(wrong(&body("7")), [no_object]);
}

#[test]
fn a_body_that_is_no_object_is_wrong_as_a_whole() {
    for text in ["", "{", "[]", "7", "null"] {
        assert_eq!(wrong(text)[0].0, "", "{text}");
    }
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct Figures {
    #[oai(validator(minimum(value = "1"), maximum(value = "366")))]
    days: u32,
}

#[derive(Object)]
#[oai(deny_unknown_fields)]
struct Deep {
    figures: Option<Figures>,
    list: Option<Vec<Figures>>,
    #[oai(validator(min_items = 1, unique_items))]
    colours: Option<Vec<Colour>>,
    price: Option<i64>,
    note: Option<String>,
    day: Option<Day>,
    until: Option<Moment>,
}

#[test]
fn a_rule_is_told_in_words_where_it_is_broken() {
    let mistake = |body: serde_json::Value| {
        let mut problem = parse::<Deep>(body.to_string().as_bytes()).err().unwrap();
        let mut errors = std::mem::take(&mut problem.errors);
        assert_eq!(errors.len(), 1, "{body}");
        let error = errors.remove(0);
        (error.pointer, error.detail)
    };
    for (body, pointer, detail) in [
        (
            json!({"figures": {"days": 0}}),
            "/figures/days",
            "is less than 1",
        ),
        (
            json!({"figures": {"days": 367}}),
            "/figures/days",
            "is more than 366",
        ),
        (
            json!({"figures": {"days": 1, "x": 1}}),
            "/figures/x",
            "is not a field of this request",
        ),
        (
            json!({"list": [{"days": 1}, {}]}),
            "/list/1/days",
            "is required",
        ),
        (
            json!({"list": [{"days": null}]}),
            "/list/0/days",
            "is required",
        ),
        (
            json!({"colours": ["red", "red"]}),
            "/colours",
            "has an element twice",
        ),
        (
            json!({"price": 9_007_199_254_740_992_i64}),
            "/price",
            "is not a whole number, or too large",
        ),
        (
            json!({"note": "a\u{0}b"}),
            "/note",
            "has the character U+0000",
        ),
        (
            json!({"note": null}),
            "/note",
            "is null; leave it out instead",
        ),
        (
            json!({"day": "+10000-01-01"}),
            "/day",
            "is not a date like 2027-06-30",
        ),
        (
            json!({"until": "1969-12-31T00:00:00Z"}),
            "/until",
            "is not of the years 1970 to 9999",
        ),
    ] {
        let expected = (pointer.to_owned(), detail.to_owned());
        assert_eq!(mistake(body), expected);
    }
    let fits =
        json!({"figures": {"days": 366}, "price": 9_007_199_254_740_991_i64, "day": "2027-06-30"});
    assert!(parse::<Deep>(fits.to_string().as_bytes()).is_ok());
}

#[test]
fn a_body_of_nothing_but_mistakes_gets_a_short_answer() {
    let list = vec![json!({}); 10_000];
    let body = json!({ "list": list }).to_string();
    let problem = parse::<Deep>(body.as_bytes()).err().unwrap();
    assert_eq!(problem.errors.len(), 100);
}
