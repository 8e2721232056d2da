//! Time in proportion to length.
//!
//! What is compared is processor time of short and long texts of the same pattern, not time with a clock: a busy machine
//! slows both. The bound lies between linear growth (8 times) and quadratic growth (64 times).

use std::time::Duration;

use construe_evaluation::thread_cpu_time;
use construe_text::Language;

use crate::Target;

/// Lengths in bytes: within one of the pieces that engines cut texts into, and over several of them.
const SHORT: [usize; 2] = [4 << 10, 16 << 10];
/// How much longer the long text is.
const FACTOR: usize = 8;
/// How much more time it may take.
const BOUND: u32 = 24;
/// What may come on top: a page fault, the growth of a buffer.
const SLACK: Duration = Duration::from_millis(30);
/// Measurements, of which one must do: others on the same core disturb caches.
const ATTEMPTS: usize = 3;

/// Patterns that tempt engines to look far, again and again.
pub const PATTERNS: &[&str] = &[
    "a",
    "A",
    "7",
    " ",
    "\n",
    ".",
    "-",
    "'",
    "(",
    "[{(",
    ")",
    "@",
    "a@a",
    "a@",
    "://",
    "http://",
    ":",
    "ab:",
    "1.",
    "1,",
    "+1(",
    "4111 ",
    "41-",
    "a1",
    "A.B. ",
    "Anna ",
    "Anna-",
    "de la van ",
    "Dr. Mr. ",
    "name: ",
    "May ",
    "12 May ",
    "12 Main Street, ",
    "12/",
    "10:",
    "$5 ",
    "%",
    "\"a\",",
    "<a>",
    "_",
    "\u{301}",
    "e\u{301}",
    "\u{200d}",
    "👩\u{200d}",
    "🙂",
    "漢",
    "漢字",
    "東京都",
    "한국",
    "カ",
    "ｱ",
    "の",
    "年",
    "人",
    "。",
    "「",
    "अ",
    "क\u{94d}",
    "ا",
    "\u{64e}",
    "ال",
    "٣",
    "３",
    "İ",
    "ß",
    "ﷺ",
    "\u{fffd}",
    "\u{202e}",
    "\u{feff}",
    "A\u{300}\u{301} ",
    "x²",
    "O'",
];

/// Checks that `target` reads repetitions of `pattern` in linear time.
///
/// # Errors
/// The times of the last attempt.
pub fn check(target: &mut dyn Target, language: Language, pattern: &str) -> Result<(), String> {
    for short in SHORT {
        let (short, long) = (repeat(pattern, short), repeat(pattern, short * FACTOR));
        let mut last = Ok(());
        for _ in 0..ATTEMPTS {
            let (first, second) = (measure(target, language, &short), measure(target, language, &long));
            if second <= BOUND * first + SLACK {
                last = Ok(());
                break;
            }
            last = Err(format!(
                "not linear: {} bytes take {first:?}, {} bytes take {second:?}",
                short.len(),
                long.len()
            ));
        }
        last?;
    }
    Ok(())
}

fn repeat(pattern: &str, bytes: usize) -> String {
    pattern.repeat(bytes.div_ceil(pattern.len().max(1)))
}

fn measure(target: &mut dyn Target, language: Language, text: &str) -> Duration {
    let start = thread_cpu_time();
    target.work(language, text);
    thread_cpu_time() - start
}
