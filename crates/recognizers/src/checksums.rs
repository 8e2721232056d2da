//! Check digits, one small pure function each. All take the bare characters, without separators.

/// Luhn (ISO/IEC 7812-1): payment cards, Canadian social insurance and Ontario health numbers.
pub fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| {
            let value = u32::from(digit - b'0');
            match place % 2 {
                0 => value,
                _ if value > 4 => value * 2 - 9,
                _ => value * 2,
            }
        })
        .sum();
    !digits.is_empty() && sum.is_multiple_of(10)
}

/// ISO 7064 mod 97-10 of an IBAN (ISO 13616): the first four characters move to the end, letters count 10 to 35.
pub fn mod_97(characters: &[u8]) -> bool {
    if characters.len() < 5 {
        return false;
    }
    let (head, tail) = characters.split_at(4);
    let remainder = tail.iter().chain(head).fold(0u32, |rest, &byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase() - b'A') + 10) % 97,
    });
    remainder == 1
}

/// ABA routing number: weights 3, 7, 1 repeated, sum divisible by 10.
pub fn aba(digits: &[u8; 9]) -> bool {
    let sum: u32 = digits
        .iter()
        .zip([3, 7, 1].into_iter().cycle())
        .map(|(&digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    sum.is_multiple_of(10)
}

/// Position 9 of a vehicle identification number (ISO 3779, 49 CFR 565): transliterated, weighted, mod 11.
pub fn vin(characters: &[u8; 17]) -> bool {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let mut sum = 0;
    for (&byte, weight) in characters.iter().zip(WEIGHTS) {
        let value = match byte.to_ascii_uppercase() {
            digit @ b'0'..=b'9' => u32::from(digit - b'0'),
            letter @ b'A'..=b'H' => u32::from(letter - b'A') + 1,
            letter @ b'J'..=b'N' => u32::from(letter - b'J') + 1,
            b'P' => 7,
            b'R' => 9,
            letter @ b'S'..=b'Z' => u32::from(letter - b'S') + 2,
            _ => return false,
        };
        sum += value * weight;
    }
    let check = match sum % 11 {
        10 => b'X',
        rest => b'0' + rest as u8,
    };
    characters[8].to_ascii_uppercase() == check
}

/// Verhoeff's check digit over the dihedral group D5: Aadhaar.
pub fn verhoeff(digits: &[u8]) -> bool {
    const PRODUCT: [[u8; 10]; 10] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 2, 3, 4, 0, 6, 7, 8, 9, 5],
        [2, 3, 4, 0, 1, 7, 8, 9, 5, 6],
        [3, 4, 0, 1, 2, 8, 9, 5, 6, 7],
        [4, 0, 1, 2, 3, 9, 5, 6, 7, 8],
        [5, 9, 8, 7, 6, 0, 4, 3, 2, 1],
        [6, 5, 9, 8, 7, 1, 0, 4, 3, 2],
        [7, 6, 5, 9, 8, 2, 1, 0, 4, 3],
        [8, 7, 6, 5, 9, 3, 2, 1, 0, 4],
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
    ];
    const PERMUTATION: [[u8; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    let check = digits.iter().rev().enumerate().fold(0u8, |check, (place, &digit)| {
        PRODUCT[check as usize][PERMUTATION[place % 8][(digit - b'0') as usize] as usize]
    });
    !digits.is_empty() && check == 0
}

/// NHS number: weights 10 to 2, check digit 11 minus the sum mod 11, where 11 counts as 0 and 10 is never issued.
pub fn nhs(digits: &[u8; 10]) -> bool {
    let sum: u32 = digits[..9]
        .iter()
        .zip((2..=10).rev())
        .map(|(&digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = match 11 - sum % 11 {
        11 => 0,
        10 => return false,
        check => check,
    };
    u32::from(digits[9] - b'0') == check
}

/// UK unique taxpayer reference: the first digit checks the other nine.
pub fn utr(digits: &[u8; 10]) -> bool {
    const WEIGHTS: [u32; 9] = [6, 7, 8, 9, 10, 5, 4, 3, 2];
    const CHECK: &[u8; 11] = b"21987654321";
    let sum: u32 = digits[1..]
        .iter()
        .zip(WEIGHTS)
        .map(|(&digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    digits[0] == CHECK[(sum % 11) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_examples() {
        assert!(luhn(b"4111111111111111") && !luhn(b"4111111111111112") && !luhn(b""));
        assert!(
            mod_97(b"GB82WEST12345698765432")
                && mod_97(b"gb82west12345698765432")
                && !mod_97(b"GB83WEST12345698765432")
        );
        assert!(aba(b"011000015") && !aba(b"011000016"));
        assert!(vin(b"1M8GDM9AXKP042788") && !vin(b"1M8GDM9A1KP042788") && vin(b"11111111111111111"));
        assert!(verhoeff(b"2363") && !verhoeff(b"2364"));
        assert!(nhs(b"9434765919") && !nhs(b"9434765918"));
        assert!(utr(b"1955839661") && !utr(b"2955839661"));
    }
}
