//! The files that a batch of Comprehend Medical leaves beside its results: what became of every input file.

use serde::Serialize;

/// Names of the files, in the folder of the results.
pub const MANIFEST: &str = "Manifest";
pub const SUCCESS: &str = "success";
pub const UNPROCESSED: &str = "unprocessed";

/// The file [`MANIFEST`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Manifest<'a> {
    pub summary: Summary<'a>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Summary<'a> {
    pub status: &'a str,
    /// See [`JobType::manifest_name`](crate::shapes::medical::JobType::manifest_name).
    pub job_type: &'a str,
    pub input_data_configuration: Place<'a>,
    pub output_data_configuration: Place<'a>,
    /// Both kinds together.
    pub input_file_count: u64,
    /// Code points in the files that were processed.
    pub total_metered_characters: u64,
    pub unprocessed_files_count: u64,
    pub success_files_count: u64,
    /// From the submission to the writing of this.
    pub total_duration_seconds: f64,
    pub successful_files_list_location: &'a str,
    pub unprocessed_files_list_location: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Place<'a> {
    pub bucket: &'a str,
    pub path: &'a str,
}

/// A file of the list [`SUCCESS`]. Input and output are keys without their buckets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedFile<'a> {
    pub input: &'a str,
    pub output: &'a str,
    /// Bytes.
    pub input_size: u64,
}

/// A file of the list [`UNPROCESSED`]; the output is the one that it would have had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UnprocessedFile<'a> {
    #[serde(flatten)]
    pub file: ListedFile<'a>,
    pub error_code: &'static str,
    pub error_message: &'static str,
}

impl<'a> UnprocessedFile<'a> {
    pub fn new(file: ListedFile<'a>, reason: Unprocessed) -> Self {
        Self {
            file,
            error_code: reason.code(),
            error_message: reason.message(),
        }
    }
}

macro_rules! reasons {
    ($($(#[$meta:meta])* $reason:ident = $code:literal: $message:literal,)+) => {
        /// Why a file of a batch was not processed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Unprocessed { $($(#[$meta])* $reason,)+ }

        impl Unprocessed {
            pub const ALL: &'static [Self] = &[$(Self::$reason,)+];

            /// The `ErrorCode`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$reason => $code,)+ }
            }

            /// The `ErrorMessage`.
            pub const fn message(self) -> &'static str {
                match self { $(Self::$reason => $message,)+ }
            }
        }
    };
}

reasons! {
    TooLarge = "DOCUMENT_SIZE_EXCEEDED": "The file is larger than a file of a batch may be (40 KB).",
    NotUtf8 = "UNSUPPORTED_ENCODING": "The file is not in UTF-8 format.",
    Empty = "EMPTY_FILE": "The file is empty.",
    Deleted = "FILE_NOT_FOUND": "The file was deleted while the job ran.",
    Changed = "FILE_CHANGED": "The file changed while the job ran.",
    AccessDenied = "NO_READ_ACCESS_TO_FILE": "The provided data access role does not have proper access to the file.",
    AddedLater = "FILE_ADDED_AFTER_START": "The file was added after the job had listed its input.",
    NotReached = "JOB_STOPPED": "The job was stopped before it came to the file.",
    /// A reason of ours.
    Internal = "INTERNAL_SERVER_ERROR": "The file could not be analyzed.",
}

impl Unprocessed {
    /// The reason with that code; what no version of this program wrote counts as a reason of ours.
    pub fn from_code(code: &str) -> Self {
        let mut reasons = Self::ALL.iter().copied();
        reasons.find(|reason| reason.code() == code).unwrap_or(Self::Internal)
    }
}

/// Writes a list of files piece by piece, however long it gets.
#[derive(Debug, Default)]
pub struct FileListWriter {
    files: u64,
}

impl FileListWriter {
    /// Appends a file, a [`ListedFile`] or an [`UnprocessedFile`].
    pub fn add(&mut self, file: &impl Serialize, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.files == 0 { b"{\"Files\":[\n" } else { b",\n" });
        serde_json::to_writer(&mut *out, file).expect("writing numbers and strings to a Vec cannot fail");
        self.files += 1;
    }

    /// How many files were added.
    pub fn files(&self) -> u64 {
        self.files
    }

    /// Appends the end of the list.
    pub fn finish(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(if self.files == 0 {
            b"{\"Files\":[]}\n"
        } else {
            b"\n]}\n"
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn lists_of_any_length_are_json() {
        let file = ListedFile {
            input: "in/a \"b\".txt",
            output: "out/a \"b\".txt.out",
            input_size: 7,
        };
        for length in 0..3 {
            let (mut writer, mut out) = (FileListWriter::default(), Vec::new());
            for _ in 0..length {
                writer.add(&UnprocessedFile::new(file, Unprocessed::Empty), &mut out);
            }
            writer.finish(&mut out);
            let listed: Value = serde_json::from_slice(&out).unwrap();
            let expected = json!({
                "Input": "in/a \"b\".txt", "Output": "out/a \"b\".txt.out", "InputSize": 7,
                "ErrorCode": "EMPTY_FILE", "ErrorMessage": "The file is empty.",
            });
            assert_eq!(listed, json!({ "Files": vec![expected; length] }));
            assert_eq!(writer.files(), length as u64);
        }
    }

    #[test]
    fn codes_lead_back() {
        for &reason in Unprocessed::ALL {
            assert_eq!(Unprocessed::from_code(reason.code()), reason);
        }
        assert_eq!(Unprocessed::from_code("ELSE"), Unprocessed::Internal);
    }

    #[test]
    fn the_manifest_has_the_members_of_the_service() {
        let place = Place {
            bucket: "b",
            path: "p/",
        };
        let manifest = Manifest {
            summary: Summary {
                status: "PARTIAL_SUCCESS",
                job_type: "PHIDetection",
                input_data_configuration: place,
                output_data_configuration: place,
                input_file_count: 3,
                total_metered_characters: 40,
                unprocessed_files_count: 1,
                success_files_count: 2,
                total_duration_seconds: 1.5,
                successful_files_list_location: "p/success",
                unprocessed_files_list_location: "p/unprocessed",
            },
        };
        let expected = json!({"Summary": {
            "Status": "PARTIAL_SUCCESS", "JobType": "PHIDetection",
            "InputDataConfiguration": {"Bucket": "b", "Path": "p/"},
            "OutputDataConfiguration": {"Bucket": "b", "Path": "p/"},
            "InputFileCount": 3, "TotalMeteredCharacters": 40, "UnprocessedFilesCount": 1, "SuccessFilesCount": 2,
            "TotalDurationSeconds": 1.5,
            "SuccessfulFilesListLocation": "p/success", "UnprocessedFilesListLocation": "p/unprocessed",
        }});
        assert_eq!(serde_json::to_value(manifest).unwrap(), expected);
    }
}
