//! What an expression says.

use construe_text::Span;

/// What an expression says. Plain numbers are kinds of their own, because only some uses count them as quantities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A day, a month, a year, a season, a part of one of them, given by the calendar or relative to now.
    Date,
    /// A time of day.
    Time,
    /// A day with a time.
    DateTime,
    /// From one point in time to another, before one, since one.
    Range,
    /// Points in time that return: "every Monday".
    Set,
    /// A feast or a day of remembrance by its name.
    Holiday,
    /// A length of time.
    Duration,
    /// An amount of money.
    Money,
    /// A share of a hundred.
    Percent,
    /// A number with a unit: length, mass, data.
    Measure,
    /// Degrees of heat.
    Temperature,
    /// How old someone or something is.
    Age,
    /// A position in an order: "third".
    Ordinal,
    /// A number without a unit.
    Cardinal,
}

/// The two groups of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Group {
    /// When: dates, times, sets of them, holidays.
    Date,
    /// How much: amounts, lengths of time, numbers.
    Quantity,
}

impl Kind {
    /// All kinds, in the order of their declaration.
    pub const ALL: [Kind; 14] = [
        Kind::Date,
        Kind::Time,
        Kind::DateTime,
        Kind::Range,
        Kind::Set,
        Kind::Holiday,
        Kind::Duration,
        Kind::Money,
        Kind::Percent,
        Kind::Measure,
        Kind::Temperature,
        Kind::Age,
        Kind::Ordinal,
        Kind::Cardinal,
    ];

    /// The name of the kind in grammars and reports.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Date => "date",
            Kind::Time => "time",
            Kind::DateTime => "datetime",
            Kind::Range => "range",
            Kind::Set => "set",
            Kind::Holiday => "holiday",
            Kind::Duration => "duration",
            Kind::Money => "money",
            Kind::Percent => "percent",
            Kind::Measure => "measure",
            Kind::Temperature => "temperature",
            Kind::Age => "age",
            Kind::Ordinal => "ordinal",
            Kind::Cardinal => "cardinal",
        }
    }

    /// Whether the kind says when or how much.
    pub const fn group(self) -> Group {
        match self {
            Kind::Date | Kind::Time | Kind::DateTime | Kind::Range | Kind::Set | Kind::Holiday => Group::Date,
            _ => Group::Quantity,
        }
    }

    /// Whether this is a number that measures nothing.
    pub const fn is_plain_number(self) -> bool {
        matches!(self, Kind::Ordinal | Kind::Cardinal)
    }
}

/// How much an expression takes in. Guidelines disagree: "from May 2011 to June 2012 at 3 pm" is one expression or three
/// points in time. Both readings are found, each complete and without overlaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reading {
    /// Both readings agree.
    Both,
    /// The longest expression: ranges whole, a day with its time, leading prepositions.
    Wide,
    /// Single points in time and amounts.
    Narrow,
}

impl Reading {
    /// Whether an expression of this reading belongs to the reading `asked` for, which is not `Both`.
    pub fn is_part_of(self, asked: Reading) -> bool {
        self == Reading::Both || self == asked
    }
}

/// A date, time or quantity found in a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Expression {
    /// Its bytes, on character boundaries.
    pub span: Span,
    /// What it says.
    pub kind: Kind,
    /// The reading that it belongs to.
    pub reading: Reading,
    /// How sure its rule is, 0 to 1.
    pub score: f32,
}
