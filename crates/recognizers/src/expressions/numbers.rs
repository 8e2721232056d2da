//! Classes of digit runs: what a grammar may want to know of "07" or "1984".

/// Names of the classes in grammars, in the order of their symbols.
pub(super) const NAMES: [&str; 20] = [
    "d0",    // 0
    "d1",    // 1 to 9
    "d00",   // 00
    "d01",   // 01 to 09
    "d10",   // 10 to 12
    "d13",   // 13 to 23
    "d24",   // 24
    "d25",   // 25 to 31
    "d32",   // 32 to 59
    "d60",   // 60 to 99
    "d0xx",  // 000 to 099
    "d3",    // 100 to 999
    "d0xxx", // 0000 to 0999
    "d1000", // 1000 to 1399
    "d1400", // 1400 to 2100
    "d4",    // 2101 to 9999
    "d5",    // five digits
    "d6",    // six digits
    "d8",    // eight digits that may be year, month and day
    "dn",    // any other length
];

/// Symbol of the first class; the others follow in order.
pub(super) const FIRST: u16 = 1;

/// The value of a decimal digit of any script that the grammars read.
pub(super) fn value(c: char) -> Option<u8> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        '\u{966}'..='\u{96f}' => '\u{966}',
        '\u{ff10}'..='\u{ff19}' => '\u{ff10}',
        _ => return None,
    };
    Some((c as u32 - zero as u32) as u8)
}

/// The symbol of a run of `length` digits whose first eight are worth `value`.
pub(super) fn symbol(length: usize, value: u32) -> u16 {
    let class = match (length, value) {
        (1, 0) => 0,
        (1, _) => 1,
        (2, 0) => 2,
        (2, ..=9) => 3,
        (2, ..=12) => 4,
        (2, ..=23) => 5,
        (2, 24) => 6,
        (2, ..=31) => 7,
        (2, ..=59) => 8,
        (2, _) => 9,
        (3, ..=99) => 10,
        (3, _) => 11,
        (4, ..=999) => 12,
        (4, ..=1399) => 13,
        (4, ..=2100) => 14,
        (4, _) => 15,
        (5, _) => 16,
        (6, _) => 17,
        (8, _) if is_date(value) => 18,
        _ => 19,
    };
    FIRST + class
}

/// Whether eight digits are year, month and day.
fn is_date(value: u32) -> bool {
    (1900..=2099).contains(&(value / 10_000))
        && (1..=12).contains(&(value / 100 % 100))
        && (1..=31).contains(&(value % 100))
}
