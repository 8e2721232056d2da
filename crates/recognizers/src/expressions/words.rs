//! Folded words and the table that knows them.

use construe_text::fold::fold_char;

/// Longest folded word that is looked up, in bytes. No entry of a grammar is longer.
pub(super) const LONGEST: usize = 64;

const SEED: u32 = 0x811c_9dc5;
const PRIME: u32 = 0x0100_0193;

/// FNV-1a, made step by step while a word is read.
#[derive(Clone, Copy)]
pub(super) struct Hash(u32);

impl Hash {
    pub(super) const EMPTY: Hash = Hash(SEED);

    #[inline]
    pub(super) fn push(&mut self, byte: u8) {
        self.0 = (self.0 ^ u32::from(byte)).wrapping_mul(PRIME);
    }

    pub(super) fn of(bytes: &[u8]) -> Hash {
        let mut hash = Hash::EMPTY;
        bytes.iter().for_each(|&byte| hash.push(byte));
        hash
    }
}

/// Appends the folded form of `c`: small letters without accents, Arabic without vowel signs and with one form of alef,
/// Devanagari without nukta, full-width forms as ASCII. Combining marks vanish.
pub(super) fn fold(c: char, mut push: impl FnMut(u8)) {
    if let Some(byte) = fold_char(c) {
        return push(byte);
    }
    let folded = match c {
        '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{640}' | '\u{670}' => return,
        '\u{93c}' | '\u{200c}' | '\u{200d}' => return,
        'أ' | 'إ' | 'آ' | 'ٱ' => 'ا',
        'ى' => 'ي',
        'ة' => 'ه',
        'ँ' => 'ं',
        '’' | '‘' | 'ʼ' | '´' => '\'',
        '‐' | '‑' | '−' => '-',
        '—' | '―' => '–',
        '〜' | '∼' => '~',
        '٪' => '%',
        // The letters that are written with a nukta in one character.
        '\u{958}' => 'क',
        '\u{959}' => 'ख',
        '\u{95a}' => 'ग',
        '\u{95b}' => 'ज',
        '\u{95c}' => 'ड',
        '\u{95d}' => 'ढ',
        '\u{95e}' => 'फ',
        '\u{ff01}'..='\u{ff5e}' => {
            let ascii = (c as u32 - 0xff01 + 0x21) as u8;
            return push(ascii.to_ascii_lowercase());
        }
        _ => c,
    };
    let mut buffer = [0; 4];
    folded.encode_utf8(&mut buffer).bytes().for_each(push);
}

/// The folded form of a word of a grammar.
pub(super) fn folded(word: &str) -> Vec<u8> {
    let mut out = Vec::new();
    word.chars().for_each(|c| fold(c, |byte| out.push(byte)));
    out
}

/// What a word means to a grammar: one symbol where it opens with a capital, one where it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Symbols {
    pub(super) capital: u16,
    pub(super) small: u16,
}

struct Slot {
    hash: u32,
    start: u32,
    length: u16,
    symbols: Symbols,
}

/// A hash table of folded words, built once.
pub(super) struct Words {
    slots: Vec<Option<Slot>>,
    letters: Vec<u8>,
    mask: usize,
}

impl Words {
    pub(super) fn new<'w>(entries: impl ExactSizeIterator<Item = (&'w [u8], Symbols)>) -> Words {
        // At most half full, so that most look-ups of unknown words end at once.
        let size = (entries.len() * 2).next_power_of_two().max(16);
        let mut words = Words {
            slots: (0..size).map(|_| None).collect(),
            letters: Vec::new(),
            mask: size - 1,
        };
        for (word, symbols) in entries {
            let hash = Hash::of(word).0;
            let mut at = words.home(hash);
            while words.slots[at].is_some() {
                at = (at + 1) & words.mask;
            }
            words.slots[at] = Some(Slot {
                hash,
                start: words.letters.len() as u32,
                length: word.len() as u16,
                symbols,
            });
            words.letters.extend_from_slice(word);
        }
        words
    }

    fn home(&self, hash: u32) -> usize {
        (hash ^ (hash >> 15)) as usize & self.mask
    }

    /// The symbols of the word with the hash `hash`, whose letters `same` compares with an entry's.
    #[inline]
    pub(super) fn get(&self, hash: Hash, same: impl Fn(&[u8]) -> bool) -> Option<Symbols> {
        let mut at = self.home(hash.0);
        while let Some(slot) = &self.slots[at] {
            if slot.hash == hash.0 {
                let start = slot.start as usize;
                if same(&self.letters[start..start + usize::from(slot.length)]) {
                    return Some(slot.symbols);
                }
            }
            at = (at + 1) & self.mask;
        }
        None
    }

    /// The symbols of a folded word.
    pub(super) fn find(&self, word: &[u8]) -> Option<Symbols> {
        self.get(Hash::of(word), |entry| entry == word)
    }

    pub(super) fn memory_usage(&self) -> usize {
        self.slots.capacity() * size_of::<Option<Slot>>() + self.letters.capacity()
    }
}
