//! The port's promises on both implementations, and the S3 adapter's behaviour under faults.

mod common;
mod faults;
mod port;
