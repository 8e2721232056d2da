use super::*;
use crate::error::ErrorCode;
use serde_json::json;

static WORD: Pattern = Pattern::new("^[a-z]+$");
static INNER: Shape = Shape {
    members: &[
        required("Key", Rule::String(StringRule::new().min(1).max(4))),
        optional("S3Word", Rule::String(StringRule::new().pattern(&WORD))),
    ],
};
static OUTER: Shape = Shape {
    members: &[
        required("Mode", Rule::String(StringRule::new().one_of(&["A", "B"]))),
        optional(
            "Count",
            Rule::Integer {
                min: Some(1),
                max: Some(500),
            },
        ),
        optional("Since", Rule::Timestamp),
        optional("Inner", Rule::Structure(&INNER)),
        optional(
            "ItemList",
            Rule::List(ListRule::of(&Rule::Structure(&INNER)).min(1).max(2)),
        ),
        optional("Text", Rule::String(StringRule::new().max(5).sensitive())),
    ],
};

fn violations(request: Value) -> String {
    check_types(&OUTER, &request).expect("types are right in these cases");
    let error = check_constraints(&OUTER, &request).expect_err("a constraint is broken");
    assert_eq!(error.code, ErrorCode::ValidationException);
    error.message.into_owned()
}

#[test]
fn sound_requests_pass() {
    for request in [
        json!({"Mode": "A"}),
        json!({"Mode": "B", "Count": 500, "Since": 1.5, "Inner": {"Key": "éé😀x"}, "Unknown": [1, {}]}),
        json!({"Mode": "A", "Count": null, "Inner": null, "ItemList": [{"Key": "k"}, {"Key": "k", "S3Word": null}]}),
        json!({"Mode": "A", "Text": "a\u{0}b"}),
    ] {
        assert_eq!(check_types(&OUTER, &request), Ok(()), "{request}");
        assert_eq!(check_constraints(&OUTER, &request), Ok(()), "{request}");
    }
}

#[test]
fn each_constraint_has_its_text() {
    for (request, expected) in [
        (
            json!({}),
            "Value null at 'mode' failed to satisfy constraint: Member must not be null",
        ),
        (
            json!({"Mode": "a"}),
            "Value 'a' at 'mode' failed to satisfy constraint: Member must satisfy enum value set: [A, B]",
        ),
        (
            json!({"Mode": "A", "Count": 0}),
            "Value '0' at 'count' failed to satisfy constraint: Member must have value greater than or equal to 1",
        ),
        (
            json!({"Mode": "A", "Count": u64::MAX}),
            "Value '18446744073709551615' at 'count' failed to satisfy constraint: Member must have value less than \
             or equal to 500",
        ),
        (
            json!({"Mode": "A", "Inner": {"Key": ""}}),
            "Value '' at 'inner.key' failed to satisfy constraint: Member must have length greater than or equal to 1",
        ),
        (
            json!({"Mode": "A", "ItemList": [{"Key": "k"}, {"Key": "12345"}]}),
            "Value '12345' at 'itemList.2.member.key' failed to satisfy constraint: Member must have length less \
             than or equal to 4",
        ),
        (
            json!({"Mode": "A", "Inner": {"Key": "k", "S3Word": "ab\n"}}),
            "Value 'ab\n' at 'inner.s3Word' failed to satisfy constraint: Member must satisfy regular expression \
             pattern: ^[a-z]+$",
        ),
        (
            json!({"Mode": "A", "ItemList": []}),
            "Value '[]' at 'itemList' failed to satisfy constraint: Member must have length greater than or equal \
             to 1",
        ),
        (
            json!({"Mode": "A", "ItemList": [null]}),
            "Value null at 'itemList.1.member' failed to satisfy constraint: Member must not be null",
        ),
        (
            json!({"Mode": "A", "Inner": {"Key": "\u{0}"}}),
            "Value '\u{0}' at 'inner.key' failed to satisfy constraint: Member must not contain the character U+0000",
        ),
        (
            json!({"Mode": "A", "Text": "secret"}),
            "Value at 'text' failed to satisfy constraint: Member must have length less than or equal to 5",
        ),
    ] {
        assert_eq!(violations(request), format!("1 validation error detected: {expected}"));
    }
}

#[test]
fn all_violations_are_collected_and_bounded() {
    assert_eq!(
        violations(json!({"Count": 501, "Inner": {}})),
        "3 validation errors detected: Value null at 'mode' failed to satisfy constraint: Member must not be null; \
         Value '501' at 'count' failed to satisfy constraint: Member must have value less than or equal to 500; \
         Value null at 'inner.key' failed to satisfy constraint: Member must not be null"
    );
    let many = violations(json!({"Mode": "A", "ItemList": vec![json!({}); 100_000]}));
    assert!(many.starts_with("100001 validation errors detected: "));
    assert!(many.ends_with("; and 99961 more"));
    assert!(many.len() < 10_000, "{}", many.len());
    let long = violations(json!({"Mode": "é".repeat(10_000)}));
    assert!(long.contains(&format!("'{}…'", "é".repeat(128))), "{long}");
}

#[test]
fn wrong_types_name_the_member() {
    for (request, expected) in [
        (json!([]), "Expected a structure at the top level, found a list."),
        (json!({"Mode": 1}), "Expected a string at 'mode', found a number."),
        (json!({"Count": "1"}), "Expected an integer at 'count', found a string."),
        (json!({"Count": 1.5}), "Expected an integer at 'count', found a number."),
        (
            json!({"Since": true}),
            "Expected a number of seconds since 1970 at 'since', found a boolean.",
        ),
        (
            json!({"ItemList": {}}),
            "Expected a list at 'itemList', found a structure.",
        ),
        (
            json!({"ItemList": [{"Key": []}]}),
            "Expected a string at 'itemList.1.member.key', found a list.",
        ),
    ] {
        let error = check_types(&OUTER, &request).unwrap_err();
        assert_eq!(
            (error.code, &*error.message),
            (ErrorCode::SerializationException, expected)
        );
    }
}
