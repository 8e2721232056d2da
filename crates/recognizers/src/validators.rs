//! Whether the bare characters of a number can be one of its kind: check digits, ranges, known fakes.
//!
//! Every function takes upper-case letters and digits without separators ([`crate::shape::Compact`]) and answers
//! for any input, whatever its length.

use crate::checksums;

/// Payment card number: an issuer range of a major scheme, the length of that scheme, Luhn.
pub fn payment_card(digits: &[u8]) -> bool {
    if !(12..=19).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let prefix = digits[..4]
        .iter()
        .fold(0u32, |number, &digit| number * 10 + u32::from(digit - b'0'));
    let scheme = match (prefix, digits.len()) {
        // Visa
        (4000..=4999, 13 | 16 | 19) => true,
        // Mastercard
        (5100..=5599 | 2221..=2720, 16) => true,
        // American Express
        (3400..=3499 | 3700..=3799, 15) => true,
        // Discover
        (6011 | 6440..=6499 | 6500..=6599, 16..=19) => true,
        // Diners Club
        (3000..=3059 | 3095 | 3600..=3699 | 3800..=3999, 14..=19) => true,
        // JCB
        (3528..=3589, 16..=19) => true,
        // UnionPay
        (6200..=6299 | 8100..=8171, 16..=19) => true,
        // Maestro
        (5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 6761..=6763, 12..=19) => true,
        // RuPay, Mir, UATP, Troy
        (6050..=6099 | 8172..=8299 | 5080..=5089 | 2200..=2204 | 9792, 16..=19) => true,
        (1000..=1999, 15) => true,
        _ => false,
    };
    scheme && checksums::luhn(digits) && !one_digit(digits)
}

/// US social security number: area not 000, 666 or 9xx, group not 00, serial not 0000, none of the numbers that
/// were printed on sample cards.
pub fn us_social_security(digits: &[u8]) -> bool {
    let Ok(digits) = <&[u8; 9]>::try_from(digits) else {
        return false;
    };
    digits.iter().all(u8::is_ascii_digit)
        && digits[0] != b'9'
        && &digits[..3] != b"000"
        && &digits[..3] != b"666"
        && &digits[3..5] != b"00"
        && &digits[5..] != b"0000"
        && !one_digit(digits)
        && !matches!(
            digits,
            b"123456789" | b"078051120" | b"219099999" | b"457555462" | b"987654321"
        )
}

/// US individual taxpayer identification number: 9xx, fourth and fifth digit 50-65, 70-88, 90-92 or 94-99.
pub fn us_taxpayer(digits: &[u8]) -> bool {
    let Ok(digits) = <&[u8; 9]>::try_from(digits) else {
        return false;
    };
    let group = (digits[3].wrapping_sub(b'0')) * 10 + digits[4].wrapping_sub(b'0');
    digits.iter().all(u8::is_ascii_digit) && digits[0] == b'9' && matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99)
}

/// US bank routing number: a Federal Reserve prefix (00-12, 21-32, 61-72, 80) and the ABA check.
pub fn us_bank_routing(digits: &[u8]) -> bool {
    let Ok(digits) = <&[u8; 9]>::try_from(digits) else {
        return false;
    };
    if !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let prefix = (digits[0] - b'0') * 10 + digits[1] - b'0';
    matches!(prefix, 0..=12 | 21..=32 | 61..=72 | 80) && checksums::aba(digits) && !one_digit(digits)
}

/// UK national insurance number: prefix letters that are issued, six digits, suffix A to D.
pub fn uk_national_insurance(characters: &[u8]) -> bool {
    let &[first, second, ref digits @ .., suffix] = characters else {
        return false;
    };
    digits.len() == 6
        && digits.iter().all(u8::is_ascii_digit)
        && first.is_ascii_uppercase()
        && second.is_ascii_uppercase()
        && !matches!(first, b'D' | b'F' | b'I' | b'Q' | b'U' | b'V')
        && !matches!(second, b'D' | b'F' | b'I' | b'O' | b'Q' | b'U' | b'V')
        && !matches!(
            [first, second],
            [b'B', b'G'] | [b'G', b'B'] | [b'N', b'K'] | [b'K', b'N'] | [b'N', b'T'] | [b'T', b'N'] | [b'Z', b'Z']
        )
        && matches!(suffix, b'A'..=b'D')
}

/// UK health service number.
pub fn uk_health_service(digits: &[u8]) -> bool {
    <&[u8; 10]>::try_from(digits)
        .is_ok_and(|digits| digits.iter().all(u8::is_ascii_digit) && checksums::nhs(digits) && !one_digit(digits))
}

/// UK unique taxpayer reference.
pub fn uk_taxpayer(digits: &[u8]) -> bool {
    <&[u8; 10]>::try_from(digits)
        .is_ok_and(|digits| digits.iter().all(u8::is_ascii_digit) && checksums::utr(digits) && !one_digit(digits))
}

/// Canadian social insurance number: Luhn. Numbers from 0 are issued for tax forms only, and in examples.
pub fn ca_social_insurance(digits: &[u8]) -> bool {
    digits.len() == 9 && digits.iter().all(u8::is_ascii_digit) && checksums::luhn(digits) && !one_digit(digits)
}

/// Canadian health number in the layout of Ontario: ten digits with Luhn, perhaps two letters of a version code.
pub fn ca_health(characters: &[u8]) -> bool {
    let (digits, version) = characters.split_at(characters.len().min(10));
    digits.len() == 10
        && digits.iter().all(u8::is_ascii_digit)
        && digits[0] != b'0'
        && checksums::luhn(digits)
        && (version.is_empty() || (version.len() == 2 && version.iter().all(u8::is_ascii_uppercase)))
}

/// Indian Aadhaar: twelve digits, the first from 2 to 9, Verhoeff.
pub fn in_aadhaar(digits: &[u8]) -> bool {
    digits.len() == 12
        && digits.iter().all(u8::is_ascii_digit)
        && !matches!(digits[0], b'0' | b'1')
        && checksums::verhoeff(digits)
        && !one_digit(digits)
}

/// Indian permanent account number: `AAAAA9999A`, the fourth letter a type of holder.
pub fn in_permanent_account(characters: &[u8]) -> bool {
    let Ok(&[a, b, c, holder, e, digits @ .., last]) = <&[u8; 10]>::try_from(characters) else {
        return false;
    };
    [a, b, c, e, last].iter().all(u8::is_ascii_uppercase)
        && matches!(
            holder,
            b'A' | b'B' | b'C' | b'E' | b'F' | b'G' | b'H' | b'J' | b'L' | b'P' | b'T'
        )
        && digits.iter().all(u8::is_ascii_digit)
        && digits != *b"0000"
}

/// Indian job card: a state or territory, then fourteen digits.
pub fn in_job_card(characters: &[u8]) -> bool {
    const STATES: [&[u8; 2]; 40] = [
        b"AN", b"AP", b"AR", b"AS", b"BH", b"BR", b"CG", b"CH", b"CT", b"DD", b"DL", b"DN", b"GA", b"GJ", b"HP", b"HR",
        b"JH", b"JK", b"KA", b"KL", b"KN", b"LA", b"LD", b"MH", b"ML", b"MN", b"MP", b"MZ", b"NL", b"OD", b"OR", b"PB",
        b"PY", b"RJ", b"SK", b"TG", b"TN", b"TR", b"UP", b"WB",
    ];
    characters.len() == 16
        && (STATES.contains(&&[characters[0], characters[1]])
            || matches!(&characters[..2], b"TS" | b"UK" | b"UT" | b"UA" | b"PC"))
        && characters[2..].iter().all(u8::is_ascii_digit)
}

/// Indian voter card: three letters, seven digits.
pub fn in_voter(characters: &[u8]) -> bool {
    characters.len() == 10
        && characters[..3].iter().all(u8::is_ascii_uppercase)
        && characters[3..].iter().all(u8::is_ascii_digit)
}

/// Vehicle identification number: 17 characters without I, O and Q, and the check digit.
pub fn vin(characters: &[u8]) -> bool {
    let Ok(characters) = <&[u8; 17]>::try_from(characters) else {
        return false;
    };
    characters
        .iter()
        .all(|byte| byte.is_ascii_alphanumeric() && !matches!(byte, b'I' | b'O' | b'Q'))
        && checksums::vin(characters)
}

/// The length of an IBAN of the country, from the SWIFT IBAN registry.
pub fn iban_length(country: [u8; 2]) -> Option<usize> {
    const LENGTHS: &[(usize, &str)] = &[
        (15, "NO"),
        (16, "BE BI"),
        (18, "DK FK FI FO GL NL SD"),
        (19, "MK SI"),
        (20, "AT BA EE KZ LT LU MN XK"),
        (21, "CH HR LI LV"),
        (22, "BG BH CR DE GB GE IE ME RS VA"),
        (23, "AE GI IL IQ OM SO TL"),
        (24, "AD CZ DZ ES MD PK RO SA SE SK TN VG"),
        (25, "LY PT ST"),
        (26, "IS TR"),
        (27, "BF BJ CF CG CI CM DJ FR GA GR IT KM MC ML MR SM SN"),
        (28, "AL AZ BY CV CY DO GT GW HU LB MA MG NE NI PL SV TD TG"),
        (29, "BR EG PS QA UA"),
        (30, "JO KW MU YE"),
        (31, "MT SC"),
        (32, "LC"),
        (33, "RU"),
    ];
    LENGTHS
        .iter()
        .find(|(_, countries)| countries.split(' ').any(|code| code.as_bytes() == country))
        .map(|(length, _)| *length)
        .or(match &country {
            b"AO" | b"MZ" => Some(25),
            b"IR" => Some(26),
            b"HN" => Some(28),
            _ => None,
        })
}

/// International bank account number: the length of its country and mod 97.
pub fn iban(characters: &[u8]) -> bool {
    characters.len() >= 15
        && characters[..2].iter().all(u8::is_ascii_uppercase)
        && characters[2..4].iter().all(u8::is_ascii_digit)
        && characters.iter().all(u8::is_ascii_alphanumeric)
        && iban_length([characters[0], characters[1]]) == Some(characters.len())
        && checksums::mod_97(characters)
}

/// SWIFT/BIC (ISO 9362): four letters of a bank, a country, two characters of a place, perhaps three of a branch.
pub fn swift(characters: &[u8]) -> bool {
    const COUNTRIES: &str = "AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ \
        DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP \
        KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ \
        OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ \
        UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";
    matches!(characters.len(), 8 | 11)
        && characters[..6].iter().all(u8::is_ascii_uppercase)
        && characters[6..].iter().all(u8::is_ascii_alphanumeric)
        && COUNTRIES.as_bytes().chunks(3).any(|code| code[..2] == characters[4..6])
}

/// Whether all characters are the same: a placeholder.
fn one_digit(characters: &[u8]) -> bool {
    characters.windows(2).all(|pair| pair[0] == pair[1])
}

/// Any number: for kinds that have no check.
pub fn any(_: &[u8]) -> bool {
    true
}
