//! Months, days of the week, words before years, units of age.

use super::Row;
use crate::tags::Tags;

const MONTHS: [&str; 12] = [
    "january|jan|enero|ene",
    "february|feb|febrero",
    "march|mar|marzo",
    "april|apr|abril|abr",
    "may|mayo",
    "june|jun|junio",
    "july|jul|julio",
    "august|aug|agosto|ago",
    "september|sep|sept|septiembre|setiembre",
    "october|oct|octubre",
    "november|nov|noviembre",
    "december|dec|diciembre|dic",
];

/// The table.
pub const ROWS: &[Row] = &[
    (Tags::MONTH, MONTHS[0]),
    (Tags::MONTH, MONTHS[1]),
    (Tags::MONTH, MONTHS[2]),
    (Tags::MONTH, MONTHS[3]),
    (Tags::MONTH, MONTHS[4]),
    (Tags::MONTH, MONTHS[5]),
    (Tags::MONTH, MONTHS[6]),
    (Tags::MONTH, MONTHS[7]),
    (Tags::MONTH, MONTHS[8]),
    (Tags::MONTH, MONTHS[9]),
    (Tags::MONTH, MONTHS[10]),
    (Tags::MONTH, MONTHS[11]),
    (
        Tags::WEEKDAY,
        "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun|mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays|\
         lunes|martes|miércoles|jueves|viernes|sábado|sábados|domingo|domingos",
    ),
    (
        Tags::DATE,
        "date|date of birth|dob|d.o.b|born|born on|birth date|birthdate|birthday|birth|issued|issued on|issue date|date of issue|start date|end date|due date|date of loss|valid from|effective date|last login|check-in|check-out|\
         checkin|checkout|created|updated|modified|timestamp|time|at|deadline|due|as of|dated|arrival|departure|admitted|admission|discharged|appointment|hired|hire date|joined|year|registered|arrested on|\
         fecha|fecha de nacimiento|fecha de ingreso|fecha de alta|nació|nació el|nacido el|nacida el|emitido el|el día|cumpleaños|hora|a las|desde las|hasta las|año|fecha de emisión",
    ),
    (
        Tags::BEFORE_YEAR,
        "in|since|from|until|till|by|of|during|year|years|circa|before|after|early|late|mid|between|and|to|around|through|summer|winter|spring|fall|autumn|class of|fiscal|en|desde|hasta|año|años|de|del|antes de|después de|durante|entre|a|y|hacia|verano|for|back in|on|at",
    ),
    (
        Tags::AGE_UNIT,
        "years|year|yrs|yr|yo|y/o|y.o|months|month|mos|weeks|week|days|años|año|meses|mes|semanas|días|a|years of age|años de edad|meses de edad|days of age|months of age|días de edad|semanas de edad",
    ),
];

/// Whether the word is a full name of a day, which unlike `sun` or `sat` means nothing else.
pub fn weekday_word(word: &str) -> bool {
    word.len() >= 5 || word.eq_ignore_ascii_case("tues")
}
