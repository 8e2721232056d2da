//! Makes a failing text short.

/// The most attempts, so that a slow target ends, too.
const ATTEMPTS: usize = 2000;

/// Leaves out parts of `text` for as long as `fails` says so of what remains, first large parts, then single characters.
pub(crate) fn minimize(text: &str, mut fails: impl FnMut(&str) -> bool) -> String {
    let mut best: Vec<char> = text.chars().collect();
    let mut part = best.len().div_ceil(2);
    let mut attempts = 0;
    while part > 0 && attempts < ATTEMPTS {
        let mut start = 0;
        let mut shortened = false;
        while start < best.len() && attempts < ATTEMPTS {
            let end = (start + part).min(best.len());
            let rest: String = best[..start].iter().chain(&best[end..]).collect();
            attempts += 1;
            if fails(&rest) {
                best.drain(start..end);
                shortened = true;
            } else {
                start = end;
            }
        }
        // Once more with single characters while that helps.
        if part > 1 || !shortened {
            part /= 2;
        }
    }
    best.into_iter().collect()
}
