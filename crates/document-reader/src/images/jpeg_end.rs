//! Whether a JPEG file goes on to its end (ITU-T T.81, B.1.1).

use memchr::memmem;

const START_OF_SCAN: u8 = 0xda;

/// Whether the mark of the end follows the first scan's beginning: in the segments before it, an embedded preview has an
/// end of its own. A file whose segments cannot be followed is left to its decoder.
pub(super) fn is_there(bytes: &[u8]) -> bool {
    match first_scan(bytes) {
        // Within a scan's data, a zero follows each byte that looks like the beginning of a mark.
        Some(scan) => memmem::find(scan, &[0xff, 0xd9]).is_some(),
        None => true,
    }
}

/// What follows the segments before the first scan.
fn first_scan(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.strip_prefix(&[0xff, 0xd8])?;
    loop {
        let [0xff, mark, after @ ..] = rest else { return None };
        rest = match *mark {
            // A byte of padding.
            0xff => rest.get(1..)?,
            START_OF_SCAN => return Some(after),
            _ => {
                // The length counts its own two bytes.
                let (length, _) = after.split_first_chunk::<2>()?;
                after.get(usize::from(u16::from_be_bytes(*length))..)?
            }
        };
    }
}
