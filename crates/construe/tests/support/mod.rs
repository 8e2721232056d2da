//! The program as a user calls it.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A call in `folder`, with `input` on standard input.
pub fn construe(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_construe"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    child
        .stdin
        .take()
        .expect("it is piped")
        .write_all(input)
        .expect("it is read");
    child.wait_with_output().expect("the program ends")
}

/// Standard output of a call that succeeds.
pub fn shown(folder: &Path, arguments: &[&str]) -> String {
    let output = construe(folder, arguments, b"");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// What a call that fails says.
pub fn complaint(folder: &Path, arguments: &[&str]) -> String {
    let output = construe(folder, arguments, b"");
    assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    String::from_utf8(output.stderr).expect("UTF-8")
}
