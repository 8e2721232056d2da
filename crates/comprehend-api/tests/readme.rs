//! The README's compatibility table is what the table of operations says.

use construe_comprehend_api::operation::compatibility_table;

#[test]
fn the_readme_shows_the_table() {
    let readme = include_str!("../../../README.md");
    let table = compatibility_table();
    assert!(readme.contains(&table), "put this table into README.md:\n\n{table}");
}
