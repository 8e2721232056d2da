//! User names, passwords and cloud keys.

mod cloud_keys;
mod fields;
mod usernames;

use crate::candidate::{Candidate, Kind, Kinds};
use crate::document::Document;
use crate::gazetteer::Gazetteer;
use crate::tags::Tags;

/// Adds the candidates of `document` among `wanted` to `out`.
pub fn find(document: &Document<'_>, gazetteer: &Gazetteer, wanted: Kinds, out: &mut Vec<Candidate>) {
    if wanted.any(Kinds::of(Kind::AwsAccessKey).with(Kind::AwsSecretKey)) {
        for (index, term) in document.terms.iter().enumerate() {
            if term.len() == 20 && wanted.contains(Kind::AwsAccessKey) {
                cloud_keys::access_key(document, index, out);
            }
            if wanted.contains(Kind::AwsSecretKey) {
                cloud_keys::secret_key(document, index, out);
            }
        }
    }
    if wanted.any(Kinds::of(Kind::Username).with(Kind::Password)) {
        for cue in document.cues {
            let kinds = [(Tags::USERNAME, Kind::Username), (Tags::PASSWORD, Kind::Password)];
            for (tags, kind) in kinds {
                if cue.tags.any(tags) && wanted.contains(kind) {
                    fields::labelled(document, gazetteer, cue, kind, out);
                }
            }
        }
    }
    if wanted.contains(Kind::Username) {
        usernames::handles(document, out);
        usernames::before_hosts(document, out);
        usernames::answers(document, out);
        usernames::accounts_by_name(document, gazetteer, out);
    }
}
