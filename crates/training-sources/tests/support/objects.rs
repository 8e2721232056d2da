//! Object storage with nothing in it.

use std::ops::Range;

use async_trait::async_trait;
use construe_jobs::{
    Access, Location, NewObject, ObjectError, ObjectErrorKind, ObjectPage, ObjectStore, ObjectStream, ObjectWriter,
};

pub struct NoObjects;

fn none<T>() -> Result<T, ObjectError> {
    Err(ObjectError::new(ObjectErrorKind::NotFound, "nothing is here"))
}

#[async_trait]
impl ObjectStore for NoObjects {
    async fn list(&self, _: &Access, _: &str, _: &str, _: Option<&str>) -> Result<ObjectPage, ObjectError> {
        none()
    }

    async fn read(
        &self,
        _: &Access,
        _: &Location,
        _: Option<&str>,
        _: Range<u64>,
    ) -> Result<ObjectStream, ObjectError> {
        none()
    }

    async fn write(&self, _: &Access, _: NewObject) -> Result<Box<dyn ObjectWriter>, ObjectError> {
        none()
    }

    async fn check_writable(&self, _: &Access, _: &Location) -> Result<(), ObjectError> {
        none()
    }

    async fn remove_work(&self, _: &str) -> Result<(), ObjectError> {
        none()
    }

    fn work_bucket(&self) -> &str {
        "work"
    }

    async fn ping(&self) -> Result<(), ObjectError> {
        none()
    }
}
