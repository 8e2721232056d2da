//! From what the medical engine finds to what Comprehend Medical answers.
//!
//! The gateway answers with this, and the worker writes it into the files of a batch: the same text has the same
//! answer either way, to the byte.

use construe_comprehend_api::shapes::medical::detect::{
    Attribute, DetectEntitiesV2Response, DetectPhiResponse, Entity, Trait, UnmappedAttribute,
};
use construe_medical::{self as medical, Analysis};

/// What answers and descriptions of jobs name as the version of the model: models come with the program.
pub const MODEL_VERSION: &str = env!("CARGO_PKG_VERSION");

/// The answer of DetectEntitiesV2 about `text`, in which `found` was found.
pub fn entities<'a>(text: &'a str, found: &Analysis) -> DetectEntitiesV2Response<'a> {
    let mut ids = Ids::default();
    let entities = found.entities.iter().map(|found| entity(text, found, &mut ids));
    DetectEntitiesV2Response {
        entities: entities.collect(),
        unmapped_attributes: found
            .unmapped
            .iter()
            .map(|unmapped| UnmappedAttribute {
                category: unmapped.category.name(),
                attribute: Attribute {
                    relationship_score: None,
                    relationship_type: None,
                    ..attribute(text, &unmapped.attribute, &mut ids)
                },
            })
            .collect(),
        model_version: MODEL_VERSION,
    }
}

/// The answer of DetectPHI about `text`, in which `found` was found.
pub fn phi<'a>(text: &'a str, found: &[medical::Entity]) -> DetectPhiResponse<'a> {
    let mut ids = Ids::default();
    DetectPhiResponse {
        entities: found.iter().map(|found| entity(text, found, &mut ids)).collect(),
        model_version: MODEL_VERSION,
    }
}

/// Numbers the findings of an answer in the order of the answer, from 0.
#[derive(Default)]
struct Ids(usize);

impl Ids {
    fn next(&mut self) -> usize {
        let id = self.0;
        self.0 += 1;
        id
    }
}

fn entity<'a>(text: &'a str, found: &medical::Entity, ids: &mut Ids) -> Entity<'a> {
    Entity {
        id: ids.next(),
        begin_offset: found.start,
        end_offset: found.end,
        score: found.score,
        // The engine's offsets are those of characters of the text.
        text: text.get(found.byte_start..found.byte_end).unwrap_or_default(),
        category: found.category.name(),
        entity_type: found.kind.name(),
        traits: traits(&found.traits),
        attributes: found
            .attributes
            .iter()
            .map(|found| attribute(text, found, ids))
            .collect(),
    }
}

fn attribute<'a>(text: &'a str, found: &medical::Attribute, ids: &mut Ids) -> Attribute<'a> {
    Attribute {
        attribute_type: found.kind.name(),
        score: found.score,
        relationship_score: Some(found.relationship_score),
        relationship_type: Some(found.relationship.name()),
        id: ids.next(),
        begin_offset: found.start,
        end_offset: found.end,
        text: text.get(found.byte_start..found.byte_end).unwrap_or_default(),
        category: found.category.name(),
        traits: traits(&found.traits),
    }
}

fn traits(found: &[medical::Trait]) -> Vec<Trait<'static>> {
    let of = |found: &medical::Trait| Trait {
        name: found.name.name(),
        score: found.score,
    };
    found.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use construe_medical::{Category, Relationship, TraitName, Type};
    use serde_json::json;

    const TEXT: &str = "é Aspirin 81 mg, no pain; 5 ml";

    fn strength(relationship_score: f32, bytes: std::ops::Range<usize>) -> medical::Attribute {
        medical::Attribute {
            kind: Type::Strength,
            category: Category::Medication,
            relationship: Relationship::Strength,
            relationship_score,
            score: 0.75,
            start: bytes.start - 1,
            end: bytes.end - 1,
            byte_start: bytes.start,
            byte_end: bytes.end,
            traits: Vec::new(),
        }
    }

    fn finding(kind: Type, bytes: std::ops::Range<usize>) -> medical::Entity {
        medical::Entity {
            kind,
            category: kind.category(),
            start: bytes.start - 1,
            end: bytes.end - 1,
            byte_start: bytes.start,
            byte_end: bytes.end,
            score: 0.5,
            traits: Vec::new(),
            attributes: Vec::new(),
        }
    }

    #[test]
    fn entities_have_the_members_of_the_service_and_ids_of_their_own() {
        let mut aspirin = finding(Type::GenericName, 3..10);
        aspirin.attributes.push(strength(0.25, 11..16));
        let mut pain = finding(Type::DxName, 21..25);
        pain.traits.push(medical::Trait {
            name: TraitName::Negation,
            score: 1.0,
        });
        let found = Analysis {
            entities: vec![aspirin, pain],
            unmapped: vec![medical::UnmappedAttribute {
                category: Category::Medication,
                attribute: strength(0.0, 27..31),
            }],
        };
        let expected = json!({
            "Entities": [
                {"Id": 0, "BeginOffset": 2, "EndOffset": 9, "Score": 0.5, "Text": "Aspirin", "Category": "MEDICATION",
                 "Type": "GENERIC_NAME", "Traits": [],
                 "Attributes": [{"Type": "STRENGTH", "Score": 0.75, "RelationshipScore": 0.25,
                    "RelationshipType": "STRENGTH", "Id": 1, "BeginOffset": 10, "EndOffset": 15, "Text": "81 mg",
                    "Category": "MEDICATION", "Traits": []}]},
                {"Id": 2, "BeginOffset": 20, "EndOffset": 24, "Score": 0.5, "Text": "pain",
                 "Category": "MEDICAL_CONDITION", "Type": "DX_NAME", "Traits": [{"Name": "NEGATION", "Score": 1.0}]},
            ],
            "UnmappedAttributes": [{"Type": "MEDICATION", "Attribute": {"Type": "STRENGTH", "Score": 0.75, "Id": 3,
                "BeginOffset": 26, "EndOffset": 30, "Text": "5 ml", "Category": "MEDICATION", "Traits": []}}],
            "ModelVersion": MODEL_VERSION,
        });
        assert_eq!(serde_json::to_value(entities(TEXT, &found)).unwrap(), expected);
    }

    #[test]
    fn phi_has_no_attributes() {
        let expected = json!({
            "Entities": [{"Id": 0, "BeginOffset": 2, "EndOffset": 9, "Score": 0.5, "Text": "Aspirin",
                "Category": "PROTECTED_HEALTH_INFORMATION", "Type": "NAME", "Traits": []}],
            "ModelVersion": MODEL_VERSION,
        });
        let found = [finding(Type::Name, 3..10)];
        assert_eq!(serde_json::to_value(phi(TEXT, &found)).unwrap(), expected);
    }
}
