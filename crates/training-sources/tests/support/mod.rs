//! Training data in memory, and somebody to watch.

// Each test binary uses a part of this.
#![allow(dead_code)]

use std::collections::BTreeMap;
use std::io::{BufRead, Cursor};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use construe_jobs::Location;
use construe_worker::{TrainerError, TrainingData, TrainingObject, Watch};

pub const BUCKET: &str = "data";

/// The objects of one bucket.
#[derive(Default)]
pub struct Files {
    objects: BTreeMap<String, Vec<u8>>,
    /// Keys in the order in which they were opened.
    pub opened: Mutex<Vec<String>>,
}

impl Files {
    pub fn with(mut self, key: &str, content: impl Into<Vec<u8>>) -> Self {
        self.objects.insert(key.to_owned(), content.into());
        self
    }
}

pub fn place(key: &str) -> Location {
    Location::new(BUCKET, key)
}

impl TrainingData for Files {
    fn objects(&self, place: &Location) -> Result<Arc<[TrainingObject]>, TrainerError> {
        let found: Vec<_> = self
            .objects
            .iter()
            .filter(|(key, _)| place.bucket == BUCKET && key.starts_with(&place.key))
            .map(|(key, content)| TrainingObject {
                location: Location::new(BUCKET, key),
                etag: String::new(),
                size: content.len() as u64,
            })
            .collect();
        match found.is_empty() {
            true => Err(TrainerError::refused("INPUT_NOT_FOUND", place)),
            false => Ok(found.into()),
        }
    }

    fn open(&self, object: &TrainingObject) -> Result<Box<dyn BufRead>, TrainerError> {
        self.opened.lock().unwrap().push(object.location.key.clone());
        Ok(Box::new(Cursor::new(self.objects[&object.location.key].clone())))
    }
}

/// Hears of progress, which never goes back, and stops after so many reports.
pub struct Watcher {
    left: AtomicU32,
    pub highest: AtomicU16,
}

impl Watcher {
    pub fn patient() -> Self {
        Self::stopping_after(u32::MAX)
    }

    pub fn stopping_after(reports: u32) -> Self {
        Self {
            left: AtomicU32::new(reports),
            highest: AtomicU16::new(0),
        }
    }
}

impl Watcher {
    /// Reports that it will still bear.
    pub fn left(&self) -> u32 {
        self.left.load(Ordering::SeqCst)
    }
}

impl Watch for Watcher {
    fn report(&self, per_mille: u16) -> ControlFlow<()> {
        let before = self.highest.fetch_max(per_mille, Ordering::SeqCst);
        assert!(
            before <= per_mille && per_mille <= 1000,
            "{before} and then {per_mille}"
        );
        match self
            .left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
        {
            Ok(_) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}
