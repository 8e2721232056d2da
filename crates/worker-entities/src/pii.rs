//! PII detection and redaction: a job's parameters in, records or redacted text out.

use std::sync::Arc;

use construe_comprehend_api::records::{self, PiiEntity};
use construe_comprehend_api::shapes::pii::{MaskMode, PiiAnalysis, PiiMode, PiiTypes};
use construe_jobs::Job;
use construe_pii::{Engine, Finding, Language, Mask, Scratch, TypeSet, redact};
use construe_worker::{AnalyzerError, Document, Outcome, Session};

use construe_worker_records::{Records, parameters, record_error};

/// Begins a PII detection job.
pub(crate) fn session(engine: &Arc<Engine>, job: &Job) -> Result<Box<dyn Session>, AnalyzerError> {
    let analysis: PiiAnalysis = parameters(job)?;
    let language = analysis.language.as_str();
    let language: Language = language.parse().map_err(|_| {
        AnalyzerError::new(format!(
            "UNSUPPORTED_LANGUAGE: PII detection does not support the language {language}."
        ))
    })?;
    let output = match analysis.mode {
        PiiMode::OnlyOffsets => Output::Offsets,
        PiiMode::OnlyRedaction => Output::Redaction {
            types: types(&analysis.types)?,
            mask: mask(&analysis),
        },
    };
    Ok(Box::new(PiiSession {
        engine: engine.clone(),
        scratch: engine.scratch(),
        language,
        output,
        findings: Vec::new(),
        records: Records::default(),
    }))
}

/// The types to redact. Findings of all types are looked for whatever is to be redacted, because what a place is
/// taken for depends on its rivals.
fn types(types: &PiiTypes) -> Result<TypeSet, AnalyzerError> {
    let PiiTypes::Only(only) = types else {
        return Ok(TypeSet::all());
    };
    only.iter()
        .map(|entity_type| {
            let name = entity_type.as_str();
            name.parse().map_err(|_| {
                AnalyzerError::new(format!("UNSUPPORTED_ENTITY_TYPE: The type {name} cannot be redacted."))
            })
        })
        .collect()
}

fn mask(analysis: &PiiAnalysis) -> Mask {
    match analysis.mask_mode {
        MaskMode::Mask => Mask::Character(analysis.mask_character),
        MaskMode::ReplaceWithPiiEntityType => Mask::TypeName,
    }
}

enum Output {
    Offsets,
    Redaction { types: TypeSet, mask: Mask },
}

struct PiiSession {
    engine: Arc<Engine>,
    scratch: Scratch,
    language: Language,
    output: Output,
    /// Of the document in hand; kept for its memory.
    findings: Vec<Finding>,
    records: Records,
}

impl Session for PiiSession {
    fn analyze(&mut self, document: &Document<'_>, out: &mut Vec<u8>) -> Outcome {
        let text = match document.content {
            Ok(text) => text,
            Err(error) => return self.write_error(document, &record_error(error), out),
        };
        self.engine
            .analyze(&mut self.scratch, text, self.language, &mut self.findings);
        match &self.output {
            Output::Offsets => {
                let entities = self.findings.iter().map(|finding| PiiEntity {
                    begin_offset: finding.start,
                    end_offset: finding.end,
                    score: finding.score,
                    entity_type: finding.kind.as_str(),
                });
                self.records.of(document.file).pii(out, document.line, entities);
            }
            Output::Redaction { types, mask } => {
                redact(text, &self.findings, types, *mask, out);
                out.extend_from_slice(document.terminator);
            }
        }
        Outcome::Analyzed
    }
}

impl PiiSession {
    fn write_error(&mut self, document: &Document<'_>, error: &records::DocumentError, out: &mut Vec<u8>) -> Outcome {
        self.records.of(document.file).error(out, document.line, error);
        if let Output::Redaction { .. } = self.output
            && !document.terminator.is_empty()
        {
            // A redacted file keeps the ends of its lines, and with them its count of lines.
            let ended = out.pop();
            debug_assert_eq!(ended, Some(b'\n'));
            out.extend_from_slice(document.terminator);
        }
        Outcome::Failed(error.code())
    }
}
