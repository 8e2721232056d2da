//! Characters by script.

type Ranges = &'static [(char, char)];

/// Scripts and other families of characters, each as ranges of code points.
pub(super) const SCRIPTS: &[Ranges] = &[
    // ASCII: letters, digits, all that can be printed, controls.
    &[('a', 'z'), ('A', 'Z'), (' ', ' ')],
    &[('0', '9')],
    &[(' ', '~')],
    &[('\0', '\u{1f}'), ('\u{7f}', '\u{9f}')],
    // Latin with accents, phonetic letters, Vietnamese; letters whose case changes their length.
    &[('\u{c0}', '\u{24f}'), ('\u{1e00}', '\u{1eff}'), ('a', 'z')],
    &[
        ('ß', 'ß'),
        ('ẞ', 'ẞ'),
        ('İ', 'ı'),
        ('ŉ', 'ŉ'),
        ('ǰ', 'ǰ'),
        ('ﬀ', 'ﬆ'),
        ('K', 'Å'),
    ],
    // Greek, Cyrillic, Armenian, Georgian, Hebrew.
    &[('\u{370}', '\u{3ff}'), ('\u{400}', '\u{4ff}')],
    &[('\u{530}', '\u{58f}'), ('\u{10a0}', '\u{10ff}'), ('\u{590}', '\u{5ff}')],
    // Arabic: letters, vowel marks, digits, presentation forms.
    &[('\u{620}', '\u{64a}'), (' ', ' ')],
    &[
        ('\u{64b}', '\u{65f}'),
        ('\u{660}', '\u{669}'),
        ('\u{6f0}', '\u{6f9}'),
        ('\u{fb50}', '\u{fdff}'),
        ('\u{fe70}', '\u{fefc}'),
    ],
    // Devanagari and other scripts of India, Thai, Tibetan.
    &[('\u{900}', '\u{97f}'), (' ', ' ')],
    &[('\u{980}', '\u{dff}'), ('\u{e00}', '\u{e7f}'), ('\u{f00}', '\u{fff}')],
    // Hangul: syllables, letters to be composed.
    &[('\u{ac00}', '\u{d7a3}'), (' ', ' ')],
    &[('\u{1100}', '\u{11ff}'), ('\u{3130}', '\u{318f}')],
    // Japanese and Chinese: kana, half-width kana, ideographs, rare ideographs, compatibility forms, punctuation.
    &[('\u{3040}', '\u{30ff}')],
    &[('\u{ff00}', '\u{ffef}')],
    &[('\u{4e00}', '\u{9fff}')],
    &[
        ('\u{3400}', '\u{4dbf}'),
        ('\u{20000}', '\u{2a6df}'),
        ('\u{f900}', '\u{faff}'),
        ('\u{2e80}', '\u{2fdf}'),
    ],
    &[('\u{3000}', '\u{303f}'), ('\u{3200}', '\u{33ff}')],
    // Symbols, brackets, currency, dashes and spaces of all widths, digits in circles.
    &[
        ('\u{2000}', '\u{206f}'),
        ('\u{20a0}', '\u{20bf}'),
        ('\u{2070}', '\u{209f}'),
    ],
    &[
        ('\u{2100}', '\u{214f}'),
        ('\u{2150}', '\u{218f}'),
        ('\u{2460}', '\u{24ff}'),
        ('\u{2768}', '\u{2775}'),
    ],
    &[
        ('(', ')'),
        ('[', '['),
        (']', ']'),
        ('{', '{'),
        ('}', '}'),
        ('<', '<'),
        ('>', '>'),
    ],
    // Emoji with their modifiers and joiners, flags.
    &[
        ('\u{1f300}', '\u{1faff}'),
        ('\u{1f3fb}', '\u{1f3ff}'),
        ('\u{200d}', '\u{200d}'),
        ('\u{fe0f}', '\u{fe0f}'),
    ],
    &[('\u{1f1e6}', '\u{1f1ff}'), ('\u{e0020}', '\u{e007f}')],
    // Mathematical letters and digits, ancient scripts, private use, places without a character.
    &[
        ('\u{1d400}', '\u{1d7ff}'),
        ('\u{10000}', '\u{1007f}'),
        ('\u{12000}', '\u{123ff}'),
    ],
    &[
        ('\u{e000}', '\u{e0ff}'),
        ('\u{fff0}', '\u{ffff}'),
        ('\u{10fff0}', '\u{10ffff}'),
    ],
    // Marks that join what stands before them.
    &[
        ('\u{300}', '\u{36f}'),
        ('\u{1ab0}', '\u{1aff}'),
        ('\u{20d0}', '\u{20ff}'),
        ('a', 'c'),
    ],
];

/// Marks and invisible characters that slip into words.
pub(super) const MARKS: &[char] = &[
    '\u{300}', '\u{301}', '\u{308}', '\u{327}', '\u{64e}', '\u{651}', '\u{640}', '\u{93c}', '\u{94d}', '\u{3099}',
    '\u{ad}', '\u{200b}', '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{2060}',
    '\u{fe0f}', '\u{feff}', '\u{20dd}', '\0', '\u{fffd}',
];
