//! Records of classification. Names and order of members are those of the documented example.

use serde::Serialize;

use super::{RecordWriter, push_json, push_score};
use crate::shapes::classifiers::ClassifierMode;
use crate::shapes::document::PageWarningItem;

/// A class of a document, or a label of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Class<'a> {
    pub name: &'a str,
    /// 0 to 1; those of all classes add up to 1, those of labels stand for themselves.
    pub score: f32,
}

/// So many classes are shown whatever their scores, if there are so many.
const ALWAYS_LISTED: usize = 10;
/// Classes beyond those are shown until the rest of all scores is below this.
const UNLISTED_SCORE: f64 = 0.001;
/// Labels beyond those are shown from this score on.
const LABEL_SCORE: f32 = 0.5;

/// How many of `classes`, which are all of a document's and the best first, are shown. A thousand scores near zero
/// would make each record longer than most documents; what is shown always adds up to 1, but for less than a
/// thousandth.
pub fn listed(mode: ClassifierMode, classes: &[Class<'_>]) -> usize {
    if classes.len() <= ALWAYS_LISTED {
        return classes.len();
    }
    let (always, others) = classes.split_at(ALWAYS_LISTED);
    let more = match mode {
        ClassifierMode::MultiClass => {
            let score = |class: &Class<'_>| f64::from(class.score);
            let mut rest: f64 = others.iter().map(score).sum();
            let listed = others.iter().take_while(|class| {
                let needed = rest >= UNLISTED_SCORE;
                rest -= score(class);
                needed
            });
            listed.count()
        }
        ClassifierMode::MultiLabel => others.iter().take_while(|class| class.score >= LABEL_SCORE).count(),
    };
    always.len() + more
}

/// The member that holds classes in this mode.
pub(super) fn member(mode: ClassifierMode) -> &'static [u8] {
    match mode {
        ClassifierMode::MultiClass => b"\"Classes\":",
        ClassifierMode::MultiLabel => b"\"Labels\":",
    }
}

impl RecordWriter {
    /// The writer of a classification job, whose `Line` is a string.
    pub fn for_classification(file: &str) -> Self {
        Self {
            lines_as_text: true,
            ..Self::new(file)
        }
    }

    /// Appends the record of a document of plain text. `line` counts from 0 within the file and is absent when the
    /// file is one document; `classes` are all of them, the best first ([`listed`] ones are shown). `warning`: that the
    /// model learnt from other documents than plain text.
    pub fn classes(
        &self,
        out: &mut Vec<u8>,
        line: Option<u64>,
        mode: ClassifierMode,
        classes: &[Class<'_>],
        warning: Option<PageWarningItem>,
    ) {
        out.push(b'{');
        out.extend_from_slice(&self.file_member);
        if let Some(line) = line {
            self.push_line(out, line);
        }
        out.push(b',');
        out.extend_from_slice(member(mode));
        push_classes(out, &classes[..listed(mode, classes)]);
        if let Some(warning) = warning {
            out.extend_from_slice(b",\"Warnings\":");
            push_json(out, &[warning]);
        }
        out.extend_from_slice(b"}\n");
    }
}

pub(super) fn push_classes(out: &mut Vec<u8>, classes: &[Class<'_>]) {
    out.push(b'[');
    for (index, class) in classes.iter().enumerate() {
        out.extend_from_slice(if index == 0 { b"{\"Name\":" } else { b",{\"Name\":" });
        push_json(out, class.name);
        out.extend_from_slice(b",\"Score\":");
        push_score(out, class.score);
        out.push(b'}');
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::DocumentError;

    fn classes(scores: &[f32]) -> Vec<Class<'static>> {
        scores.iter().map(|&score| Class { name: "c", score }).collect()
    }

    #[test]
    fn the_documented_example() {
        let writer = RecordWriter::for_classification("file1.txt");
        let class = |name, score| Class { name, score };
        let found = [class("spam", 0.8642), class("ham \"x\"", 0.1358)];
        let mut out = Vec::new();
        writer.classes(&mut out, Some(0), ClassifierMode::MultiClass, &found, None);
        let warning = Some(PageWarningItem::native_model());
        writer.classes(&mut out, None, ClassifierMode::MultiLabel, &found[..1], warning);
        writer.error(&mut out, Some(7), &DocumentError::UnsupportedEncoding);
        let expected = concat!(
            r#"{"File":"file1.txt","Line":"0","Classes":[{"Name":"spam","Score":0.8642},"#,
            r#"{"Name":"ham \"x\"","Score":0.1358}]}"#,
            "\n",
            r#"{"File":"file1.txt","Labels":[{"Name":"spam","Score":0.8642}],"Warnings":[{"Page":1,"#,
            r#""WarnCode":"INFERENCING_PLAINTEXT_WITH_NATIVE_TRAINED_MODEL","#,
            r#""WarnMessage":"The classifier was trained with documents that are not plain text."}]}"#,
            "\n",
            r#"{"ErrorCode":"UNSUPPORTED_ENCODING","ErrorMessage":"Document is not in UTF-8 format.","#,
            r#""File":"file1.txt","Line":"7"}"#,
            "\n",
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn what_is_shown_adds_up_to_one_and_is_no_longer_than_it_must() {
        use ClassifierMode::{MultiClass, MultiLabel};
        assert_eq!(listed(MultiClass, &classes(&[])), 0);
        assert_eq!(listed(MultiClass, &classes(&[0.9; 10])), 10);
        let mut sharp = vec![0.991];
        sharp.extend([0.001; 9]);
        sharp.extend([0.0; 990]);
        assert_eq!(listed(MultiClass, &classes(&sharp)), 10);
        assert_eq!(listed(MultiClass, &classes(&[0.01; 100])), 100);
        let flat: Vec<f32> = (0..1000).map(|n| 0.5_f32.powi(n / 10 + 1) / 10.0).collect();
        let shown = listed(MultiClass, &classes(&flat));
        let sum = |scores: &[f32]| scores.iter().map(|&score| f64::from(score)).sum::<f64>();
        assert!(sum(&flat[shown..]) < UNLISTED_SCORE && sum(&flat[shown - 1..]) >= UNLISTED_SCORE);
        let mut labels = vec![0.9; 13];
        labels.extend([0.1; 50]);
        assert_eq!(listed(MultiLabel, &classes(&labels)), 13);
        assert_eq!(listed(MultiLabel, &classes(&[0.1; 50])), 10);
    }
}
