//! Tesseract's table: one row per page, block, paragraph, line and word, twelve columns with tabs
//! between them (level, page, block, paragraph, line, word, left, top, width, height, confidence,
//! text).

/// What was recognised, line by line in the program's reading order.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Recognised {
    pub lines: Vec<Vec<RecognisedWord>>,
}

/// One word, with its box in pixels of the picture that the program was given.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RecognisedWord {
    pub text: String,
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
    /// 0 to 100.
    pub confidence: f32,
}

impl Recognised {
    /// Mean confidence of the characters, from 0 to 100; 0 if there are none.
    pub(crate) fn confidence(&self) -> f32 {
        let (mut sum, mut characters) = (0.0, 0.0);
        for word in self.lines.iter().flatten() {
            let count = word.text.chars().count() as f32;
            sum += word.confidence * count;
            characters += count;
        }
        if characters > 0.0 { sum / characters } else { 0.0 }
    }

    /// Characters of all words.
    pub(crate) fn characters(&self) -> usize {
        self.lines.iter().flatten().map(|word| word.text.chars().count()).sum()
    }
}

/// How a picture lies, and the script of its text.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Orientation {
    /// Quarter turns clockwise that make it upright.
    pub quarters: usize,
    /// The program's name of the script.
    pub script: Option<String>,
}

/// Confidence that the program has in an orientation or a script, below which it is a guess.
const SURE: f32 = 1.5;

/// Reads the answer about orientation and script: lines of names and values.
pub(super) fn orientation(answer: &[u8]) -> Orientation {
    let answer = String::from_utf8_lossy(answer);
    let value = |name: &str| answer.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let sure = |name: &str| {
        value(name)
            .and_then(|value| value.parse().ok())
            .is_some_and(|sure: f32| sure >= SURE)
    };
    let quarters = match value("Rotate:") {
        Some("90") => 1,
        Some("180") => 2,
        Some("270") => 3,
        _ => 0,
    };
    Orientation {
        quarters: if sure("Orientation confidence:") { quarters } else { 0 },
        script: value("Script:")
            .filter(|_| sure("Script confidence:"))
            .map(str::to_owned),
    }
}

const WORD_LEVEL: &str = "5";

/// Reads the table; rows that are not as they should be are left out.
pub(super) fn parse(table: &[u8]) -> Recognised {
    let table = String::from_utf8_lossy(table);
    let mut recognised = Recognised::default();
    let mut current = None;
    for row in table.lines() {
        let columns: Vec<&str> = row.splitn(12, '\t').collect();
        let [
            level,
            page,
            block,
            paragraph,
            line,
            _,
            left,
            top,
            width,
            height,
            confidence,
            text,
        ] = columns[..]
        else {
            continue;
        };
        let text = text.trim();
        if level != WORD_LEVEL || text.is_empty() {
            continue;
        }
        let numbers: Vec<f32> = [left, top, width, height, confidence]
            .iter()
            .filter_map(|number| number.parse().ok())
            .collect();
        let [left, top, width, height, confidence] = numbers[..] else {
            continue;
        };
        let key = [page, block, paragraph, line];
        if current != Some(key) {
            recognised.lines.push(Vec::new());
            current = Some(key);
        }
        if let Some(words) = recognised.lines.last_mut() {
            words.push(RecognisedWord {
                text: text.to_owned(),
                left,
                top,
                width,
                height,
                confidence,
            });
        }
    }
    recognised
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orientation_and_script_count_if_they_are_no_guess() {
        let answer = |degrees: &str, turn: &str, script: &str| {
            let text = format!(
                "Page number: 0\nOrientation in degrees: 9\nRotate: {degrees}\n\
                 Orientation confidence: {turn}\nScript: Japanese\nScript confidence: {script}\n"
            );
            orientation(text.as_bytes())
        };
        let japanese = Some("Japanese".to_owned());
        assert_eq!(
            answer("270", "12.5", "3.0"),
            Orientation {
                quarters: 3,
                script: japanese
            }
        );
        assert_eq!(answer("90", "0.4", "0.1"), Orientation::default());
        assert_eq!(orientation(b"\xff"), Orientation::default());
    }

    #[test]
    fn rows_of_words_become_lines() {
        let table = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n\
            1\t1\t0\t0\t0\t0\t0\t0\t100\t50\t-1\t\n\
            5\t1\t1\t1\t1\t1\t10\t5\t20\t8\t96.5\tTo\n\
            5\t1\t1\t1\t1\t2\t35\t5\t20\t8\t90\tbe\n\
            5\t1\t1\t1\t2\t1\t10\t15\t20\t8\t80\tor\n\
            5\t1\t1\t1\t2\t2\t10\t15\t20\t8\t95\t \n\
            5\t1\t1\t1\t2\t2\tx\t15\t20\t8\t95\tnot\n\
            broken\n";
        let recognised = parse(table.as_bytes());
        let lines: Vec<Vec<&str>> = recognised
            .lines
            .iter()
            .map(|line| line.iter().map(|word| word.text.as_str()).collect())
            .collect();
        assert_eq!(lines, [vec!["To", "be"], vec!["or"]]);
        assert_eq!(recognised.lines[0][1].left, 35.0);
        assert!((recognised.confidence() - (96.5 + 90.0 + 80.0) / 3.0).abs() < 0.01);
        assert_eq!(recognised.characters(), 6);
        assert_eq!(parse(b"\xff\xfe\n\t\t"), Recognised::default());
    }
}
