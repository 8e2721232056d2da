//! One run of a program: input on its standard input, answer from its standard output, killed and
//! reaped when its time is over or nobody wants the answer any more.

use crate::ReadError;
use crate::limits::Watch;
use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// How often the watch is asked while the program works.
const ASK_WATCH: Duration = Duration::from_millis(50);

/// How a run ended.
pub(super) enum Ended {
    /// With success, and this on its standard output.
    Answer(Vec<u8>),
    /// With an error of its own, or more output than was asked for.
    Failed,
    /// Not within its time.
    Late,
    /// Not before the document's watch was over.
    Watch(ReadError),
}

/// A child that does not outlive its owner.
struct Owned(Child);

impl Drop for Owned {
    fn drop(&mut self) {
        // Both fail only if the child has ended and was waited for already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs `program`.
///
/// # Errors
///
/// If it cannot be started.
pub(super) fn run(
    program: &Path,
    arguments: &[OsString],
    input: Vec<u8>,
    answer_limit: u64,
    time: Duration,
    watch: &Watch<'_>,
) -> io::Result<Ended> {
    let started = Instant::now();
    let mut child = Owned(
        Command::new(program)
            .args(arguments)
            // The caller decides how many pages are read at once; threads inside one page gain
            // little and spin while they wait.
            .env("OMP_THREAD_LIMIT", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // May quote the page.
            .stderr(Stdio::null())
            .spawn()?,
    );
    let mut to_child = child.0.stdin.take().ok_or_else(no_pipe)?;
    let from_child = child.0.stdout.take().ok_or_else(no_pipe)?;
    // Threads, so that neither pipe can block this one; both end when the child does, which
    // dropping `child` sees to.
    let writer = thread::Builder::new().name("ocr-input".into()).spawn(move || {
        // A child that ends early breaks the pipe: its exit status tells.
        let _ = to_child.write_all(&input);
    })?;
    let (send, receive) = mpsc::sync_channel(1);
    let reader = thread::Builder::new().name("ocr-output".into()).spawn(move || {
        let mut answer = Vec::new();
        let outcome = from_child.take(answer_limit + 1).read_to_end(&mut answer);
        // The receiver is gone once the time is over.
        let _ = send.send(outcome.map(|_| answer));
    })?;
    let ended = loop {
        let left = time.saturating_sub(started.elapsed());
        if left.is_zero() {
            break Ended::Late;
        }
        if let Err(error) = watch.check() {
            break Ended::Watch(error);
        }
        match receive.recv_timeout(left.min(ASK_WATCH)) {
            Ok(Ok(answer)) if answer.len() as u64 <= answer_limit => {
                // The output is closed, so the program is about to end.
                break match child.0.wait() {
                    Ok(status) if status.success() => Ended::Answer(answer),
                    _ => Ended::Failed,
                };
            }
            Ok(_) | Err(RecvTimeoutError::Disconnected) => break Ended::Failed,
            Err(RecvTimeoutError::Timeout) => {}
        }
    };
    drop(child);
    // Neither can be waiting for anything now; a panic in them is impossible or would only lose an
    // answer that is not there.
    let _ = writer.join();
    let _ = reader.join();
    Ok(ended)
}

fn no_pipe() -> io::Error {
    io::Error::other("no pipe to the program")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, input: &[u8], time: Duration, stop: &dyn Fn() -> bool) -> Ended {
        run(
            Path::new("/bin/sh"),
            &["-c".into(), script.into()],
            input.to_vec(),
            1000,
            time,
            &Watch::new(Duration::from_secs(60), stop),
        )
        .unwrap()
    }

    #[test]
    fn input_goes_in_and_the_answer_comes_out() {
        let ended = shell("tr a-z A-Z", b"quiet", Duration::from_secs(20), &|| false);
        assert!(matches!(ended, Ended::Answer(answer) if answer == b"QUIET"));
    }

    #[test]
    fn a_program_that_ignores_its_input_and_fails_is_a_failure() {
        let ended = shell("exit 3", &vec![0; 1 << 20], Duration::from_secs(20), &|| false);
        assert!(matches!(ended, Ended::Failed));
    }

    #[test]
    fn endless_output_is_cut_off() {
        let ended = shell("yes", b"", Duration::from_secs(20), &|| false);
        assert!(matches!(ended, Ended::Failed));
    }

    #[test]
    fn a_program_that_spins_is_killed_at_its_time_and_at_a_stop() {
        let started = Instant::now();
        let spin = "while :; do :; done";
        assert!(matches!(
            shell(spin, b"", Duration::from_millis(200), &|| false),
            Ended::Late
        ));
        assert!(matches!(
            shell(spin, b"", Duration::from_secs(60), &|| true),
            Ended::Watch(ReadError::Stopped)
        ));
        assert!(started.elapsed() < Duration::from_secs(20));
    }
}
