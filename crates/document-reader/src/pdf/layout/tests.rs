use super::*;

/// Glyphs of a text whose letters are half an em wide, spaces left out as some programs do.
fn text(x: f64, y: f64, size: f64, text: &str) -> Vec<Glyph> {
    text.chars()
        .enumerate()
        .filter(|(_, character)| *character != ' ')
        .map(|(position, character)| Glyph {
            text: character.to_string(),
            origin: Point::new(x + position as f64 * size / 2.0, y),
            advance: Vec2::new(size / 2.0, 0.0),
            size,
        })
        .collect()
}

fn read(parts: &[Vec<Glyph>]) -> String {
    content(parts.concat(), Size::new(600.0, 800.0)).text
}

#[test]
fn gaps_are_spaces_and_broad_gaps_are_tabs() {
    let row = [text(50.0, 100.0, 10.0, "Steel spade"), text(200.0, 100.0, 10.0, "4")];
    assert_eq!(read(&row), "Steel spade\t4");
}

#[test]
fn a_word_drawn_twice_for_weight_is_read_once() {
    let heading = [text(50.0, 100.0, 10.0, "Total"), text(50.3, 100.0, 10.0, "Total")];
    assert_eq!(read(&heading), "Total");
    assert_eq!(read(&[text(50.0, 100.0, 10.0, "book all")]), "book all");
}

#[test]
fn raised_figures_stay_in_their_line() {
    let line = [
        text(50.0, 100.0, 10.0, "area m"),
        text(80.0, 96.0, 6.0, "2"),
        text(88.0, 100.0, 10.0, "of"),
    ];
    assert_eq!(read(&line), "area m2 of");
}

#[test]
fn the_written_order_is_kept_where_it_makes_sense() {
    let columns = [
        text(50.0, 100.0, 10.0, "one"),
        text(50.0, 112.0, 10.0, "two"),
        text(300.0, 100.0, 10.0, "three"),
        text(300.0, 112.0, 10.0, "four"),
    ];
    assert_eq!(read(&columns), "one\ntwo\nthree\nfour");
}

#[test]
fn columns_written_from_below_are_read_from_above() {
    let mut parts = Vec::new();
    for row in (0..8).rev() {
        let y = 200.0 + 12.0 * f64::from(row);
        parts.push(text(330.0, y, 10.0, &format!("right column of prose {row}")));
        parts.push(text(50.0, y, 10.0, &format!("left column of prose {row}")));
    }
    parts.push(text(
        50.0,
        100.0,
        14.0,
        "A title over both of the columns, as wide as the page",
    ));
    let lines: Vec<String> = read(&parts).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 17);
    assert!(lines[0].starts_with("A title"));
    assert_eq!(lines[1], "left column of prose 0");
    assert_eq!(lines[8], "left column of prose 7");
    assert_eq!(lines[9], "right column of prose 0");
}

#[test]
fn text_up_the_margin_is_one_line_with_its_box() {
    let glyphs: Vec<Glyph> = "ARCHIVE"
        .chars()
        .enumerate()
        .map(|(position, character)| Glyph {
            text: character.to_string(),
            origin: Point::new(30.0, 400.0 - 8.0 * position as f64),
            advance: Vec2::new(0.0, -8.0),
            size: 10.0,
        })
        .collect();
    let content = content(glyphs, Size::new(600.0, 800.0));
    assert_eq!(content.text, "ARCHIVE");
    let bounds = content.lines[0].bounds.unwrap();
    assert!((bounds.left - 22.0 / 600.0).abs() < 1e-4 && (bounds.width - 10.0 / 600.0).abs() < 1e-4);
    assert!((bounds.top - 344.0 / 800.0).abs() < 1e-4 && (bounds.height - 56.0 / 800.0).abs() < 1e-4);
}

#[test]
fn bullets_are_not_words_and_ligatures_are_letters() {
    let item = [text(50.0, 100.0, 10.0, "•"), text(62.0, 100.0, 10.0, "eﬃcient")];
    assert_eq!(read(&item), "efficient");
}
