//! Look-ups a second: words of a running text, and words drawn from the whole lexicon, which the caches of the
//! processor do not hold.

use construe_lexicon::Lexicon;
use divan::Bencher;
use divan::counter::ItemsCount;

const PROSE: &str = "The committee met in Geneva on Tuesday, where Angela Merkel and the chairman of Siemens said that \
    talks with Nováčková would go on until the end of March; nobody from the ministry wanted to comment.";

fn main() {
    divan::main();
}

#[divan::bench]
fn prose(bencher: Bencher) {
    let lexicon = Lexicon::english().expect("the lexicon is whole");
    let words: Vec<&str> = PROSE
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    assert!(words.iter().filter(|word| lexicon.lookup(word).is_some()).count() > 25);
    bencher
        .counter(ItemsCount::new(words.len()))
        .bench_local(|| words.iter().filter(|word| lexicon.lookup(word).is_some()).count());
}

#[divan::bench]
fn scattered(bencher: Bencher) {
    let lexicon = Lexicon::english().expect("the lexicon is whole");
    let words: Vec<String> = (0..100_000_u32)
        .map(|number| {
            let mixed = number.wrapping_mul(0x9e37_79b1);
            (0..6)
                .map(|place| char::from(b'a' + (mixed >> (5 * place)) as u8 % 26))
                .collect()
        })
        .collect();
    bencher
        .counter(ItemsCount::new(words.len()))
        .bench_local(|| words.iter().filter(|word| lexicon.lookup(word).is_some()).count());
}
