//! Tags: how labelled spans are written as one mark per token, and which mark may follow which.

use crate::labels::{Label, LabelSet, TokenSpan};

/// How a span of several tokens is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Beginning and inside of a span; everything else is outside.
    Bio,
    /// Beginning, inside and last token, or the only token, of a span; everything else is outside.
    Bilou,
}

/// The tags of a scheme for a number of labels, laid out for vector arithmetic.
///
/// A tag is a position in a row of `stride` numbers. Tags that start something new (outside, beginning, only token)
/// come first, padded to a multiple of four; those that go on with a span (inside, last) follow. A tag of the first
/// kind may follow any tag that ends something (`closing`); one of the second kind only the beginning or the inside
/// of its own label. So legal transitions are one dense matrix and a few vectors, and no illegal one has a number.
///
/// ```text
/// BIO, 2 labels     O  B0 B1 ·  I0 I1 ·  ·
/// BILOU, 2 labels   O  B0 B1 U0 U1 ·  ·  ·  I0 I1 L0 L1 ·  ·  ·  ·
/// ```
#[derive(Clone, Debug)]
pub(crate) struct Tags {
    pub(crate) scheme: Scheme,
    /// Number of labels.
    pub(crate) labels: usize,
    /// Number of starting tags.
    pub(crate) starting: usize,
    /// Where the continuing tags begin.
    pub(crate) continuing: usize,
    /// Length of a row, a multiple of eight.
    pub(crate) stride: usize,
    /// Tags after which a new one may start and after which the sequence may end.
    pub(crate) closing: Vec<u16>,
    /// Continuing tags per label: inside; or inside and last.
    pub(crate) blocks: usize,
}

/// The tag of tokens outside all spans.
pub(crate) const OUTSIDE: usize = 0;

/// What is known of a token's tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Constraint {
    /// Outside, or any part of a span with one of these labels.
    Outside(LabelSet),
    /// The same, but the token before ends a known span.
    OutsideAfterSpan(LabelSet),
    /// The first token of a longer span with one of these labels.
    First(LabelSet),
    /// Neither the first nor the last token.
    Middle(LabelSet),
    /// The last token of a longer span.
    Last(LabelSet),
    /// The only token of a span.
    Only(LabelSet),
    /// Anything, but for going on with a known span.
    Unknown {
        /// Whether the token before ends a known span.
        after_span: bool,
    },
}

impl Tags {
    pub(crate) fn new(scheme: Scheme, labels: usize) -> Tags {
        let (starting, blocks) = match scheme {
            Scheme::Bio => (1 + labels, 1),
            Scheme::Bilou => (1 + 2 * labels, 2),
        };
        let continuing = starting.next_multiple_of(4);
        let stride = (continuing + blocks * labels).next_multiple_of(8);
        let closing = match scheme {
            Scheme::Bio => (0..starting).chain(continuing..continuing + labels).collect::<Vec<_>>(),
            Scheme::Bilou => std::iter::once(OUTSIDE)
                .chain(1 + labels..1 + 2 * labels)
                .chain(continuing + labels..continuing + 2 * labels)
                .collect(),
        };
        let closing = closing.into_iter().map(|tag| tag as u16).collect();
        Tags {
            scheme,
            labels,
            starting,
            continuing,
            stride,
            closing,
            blocks,
        }
    }

    /// The tags in use, without the padding.
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> + use<> {
        (0..self.starting).chain(self.continuing..self.continuing + self.blocks * self.labels)
    }

    pub(crate) fn begin(&self, label: usize) -> usize {
        1 + label
    }

    pub(crate) fn only(&self, label: usize) -> usize {
        match self.scheme {
            Scheme::Bio => 1 + label,
            Scheme::Bilou => 1 + self.labels + label,
        }
    }

    pub(crate) fn inside(&self, label: usize) -> usize {
        self.continuing + label
    }

    pub(crate) fn last(&self, label: usize) -> usize {
        match self.scheme {
            Scheme::Bio => self.continuing + label,
            Scheme::Bilou => self.continuing + self.labels + label,
        }
    }

    /// The tag of the token at `position` of a span of `length` tokens.
    pub(crate) fn of_span(&self, label: Label, position: usize, length: usize) -> usize {
        let label = label.index();
        match (position == 0, position + 1 == length) {
            (true, true) => self.only(label),
            (true, false) => self.begin(label),
            (false, false) => self.inside(label),
            (false, true) => self.last(label),
        }
    }

    /// The spans that a legal sequence of tags marks.
    pub(crate) fn spans(&self, tags: &[u16], mut emit: impl FnMut(TokenSpan)) {
        let mut open: Option<(usize, usize)> = None;
        let mut close = |open: Option<(usize, usize)>, end| {
            if let Some((start, label)) = open {
                emit(TokenSpan {
                    start,
                    end,
                    label: Label(label as u8),
                });
            }
        };
        for (position, &tag) in tags.iter().enumerate() {
            let tag = usize::from(tag);
            if tag < self.continuing {
                close(open.take(), position);
                open = (tag != OUTSIDE).then(|| (position, (tag - 1) % self.labels));
            }
        }
        close(open, tags.len());
    }

    /// Writes the factor of every tag under the constraint: 0 if it is not allowed, else 1; but `uncovered_prior` for
    /// those that would begin an unmarked span.
    pub(crate) fn allowed(&self, constraint: Constraint, uncovered_prior: f32, row: &mut [f32]) {
        row.fill(0.0);
        match constraint {
            Constraint::Outside(labels) | Constraint::OutsideAfterSpan(labels) => {
                row[OUTSIDE] = 1.0;
                // A known span ends where it ends, even if its label is one that may go unmarked elsewhere.
                let may_go_on = matches!(constraint, Constraint::Outside(_));
                for label in labels.iter().map(Label::index) {
                    row[self.begin(label)] = uncovered_prior;
                    row[self.only(label)] = uncovered_prior;
                    if may_go_on {
                        row[self.inside(label)] = 1.0;
                        row[self.last(label)] = 1.0;
                    }
                }
            }
            Constraint::Unknown { after_span } => {
                row[..self.starting].fill(1.0);
                if !after_span {
                    row[self.continuing..][..self.blocks * self.labels].fill(1.0);
                }
            }
            Constraint::First(labels) => labels.iter().for_each(|label| row[self.begin(label.index())] = 1.0),
            Constraint::Middle(labels) => labels.iter().for_each(|label| row[self.inside(label.index())] = 1.0),
            Constraint::Last(labels) => labels.iter().for_each(|label| row[self.last(label.index())] = 1.0),
            Constraint::Only(labels) => labels.iter().for_each(|label| row[self.only(label.index())] = 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start: usize, end: usize, label: u8) -> TokenSpan {
        TokenSpan {
            start,
            end,
            label: Label(label),
        }
    }

    #[test]
    fn spans_survive_the_way_through_tags() {
        let spans = [
            span(0, 1, 1),
            span(1, 3, 1),
            span(4, 7, 0),
            span(7, 8, 2),
            span(8, 10, 2),
        ];
        for scheme in [Scheme::Bio, Scheme::Bilou] {
            let tags = Tags::new(scheme, 3);
            let mut row = vec![OUTSIDE as u16; 10];
            for span in spans {
                for (position, tag) in row[span.start..span.end].iter_mut().enumerate() {
                    *tag = tags.of_span(span.label, position, span.end - span.start) as u16;
                }
            }
            let mut back = Vec::new();
            tags.spans(&row, |span| back.push(span));
            assert_eq!(back, spans, "{scheme:?}");
        }
    }

    #[test]
    fn layout_for_nine_labels() {
        let bio = Tags::new(Scheme::Bio, 9);
        assert_eq!(
            (bio.starting, bio.continuing, bio.stride, bio.closing.len()),
            (10, 12, 24, 19)
        );
        assert_eq!(bio.iter().count(), 19);
        let bilou = Tags::new(Scheme::Bilou, 9);
        assert_eq!(
            (bilou.starting, bilou.continuing, bilou.stride, bilou.closing.len()),
            (19, 20, 40, 19)
        );
        assert_eq!(bilou.iter().count(), 37);
    }
}
