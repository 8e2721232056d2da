//! Objects one after the other, the next small ones on their way meanwhile: many small documents would otherwise cost a
//! round trip to the store each.

use std::collections::VecDeque;
use std::io::BufRead;

use construe_worker::{TrainerError, TrainingData, TrainingObject};

/// The most objects that are opened at a time.
pub(crate) const MOST: usize = 8;
/// No more are opened ahead once those waiting have so many bytes.
const MOST_BYTES: u64 = 8 << 20;

/// An object, and its content from the beginning.
type Opened<'o> = (&'o TrainingObject, Box<dyn BufRead>);

/// Opens objects in the order given.
pub(crate) struct Ahead<'o, O> {
    data: &'o dyn TrainingData,
    objects: O,
    opened: VecDeque<Opened<'o>>,
    /// Sizes of those opened.
    bytes: u64,
}

impl<'o, O: Iterator<Item = &'o TrainingObject>> Ahead<'o, O> {
    pub(crate) fn new(data: &'o dyn TrainingData, objects: impl IntoIterator<IntoIter = O>) -> Self {
        Self {
            data,
            objects: objects.into_iter(),
            opened: VecDeque::new(),
            bytes: 0,
        }
    }

    /// The next object and its content; `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<Opened<'o>>, TrainerError> {
        while self.opened.len() < MOST && (self.opened.is_empty() || self.bytes < MOST_BYTES) {
            let Some(object) = self.objects.next() else {
                break;
            };
            self.opened.push_back((object, self.data.open(object)?));
            self.bytes += object.size;
        }
        let next = self.opened.pop_front();
        if let Some((object, _)) = &next {
            self.bytes -= object.size;
        }
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::sync::Arc;

    use construe_jobs::Location;

    use super::*;

    /// Counts what is opened.
    #[derive(Default)]
    struct Counting(Cell<usize>);

    impl TrainingData for Counting {
        fn objects(&self, _: &Location) -> Result<Arc<[TrainingObject]>, TrainerError> {
            Err(TrainerError::Interrupted)
        }

        fn open(&self, object: &TrainingObject) -> Result<Box<dyn BufRead>, TrainerError> {
            self.0.set(self.0.get() + 1);
            Ok(Box::new(std::io::Cursor::new(object.location.key.clone())))
        }
    }

    #[test]
    fn small_objects_are_opened_ahead_and_come_in_order() {
        for (size, ahead) in [
            (0, MOST),
            (1000, MOST),
            (3 << 20, 3),
            (MOST_BYTES, 1),
            (u64::MAX / 100, 1),
        ] {
            let objects: Vec<_> = (0..20)
                .map(|number| TrainingObject {
                    location: Location::new("b", number.to_string()),
                    etag: String::new(),
                    size,
                })
                .collect();
            let data = Counting::default();
            let mut all = Ahead::new(&data, &objects);
            for number in 0..objects.len() {
                let (object, mut content) = all.next().unwrap().unwrap();
                let mut text = String::new();
                content.read_to_string(&mut text).unwrap();
                assert!(text == number.to_string() && object.location.key == text);
                assert_eq!(
                    data.0.get(),
                    (number + ahead).min(20),
                    "of {size} bytes each, at {number}"
                );
            }
            assert!(all.next().unwrap().is_none());
        }
    }
}
