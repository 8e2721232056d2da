//! The vocabulary of the engine: categories, types, traits, relationships, and what an analysis yields.
//!
//! One enumeration [`Type`] serves entities and attributes alike, since several types are both: a body part is an
//! entity of its own and the attribute that locates a condition.

use std::fmt;

macro_rules! names {
    ($(#[$meta:meta])* $enum:ident { $($(#[$variant_meta:meta])* $variant:ident = $name:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $enum {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $enum {
            /// All of them, in the order of their declaration.
            pub const ALL: [$enum; [$($name),+].len()] = [$($enum::$variant),+];

            /// The name on the wire.
            pub const fn name(self) -> &'static str {
                match self {
                    $($enum::$variant => $name,)+
                }
            }

            /// What has that name on the wire.
            pub fn from_name(name: &str) -> Option<$enum> {
                Self::ALL.into_iter().find(|item| item.name() == name)
            }
        }

        impl fmt::Display for $enum {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

names! {
    /// The field that an entity belongs to.
    Category {
        /// Medicines and how they are taken.
        Medication = "MEDICATION",
        /// Diagnoses, signs and symptoms.
        MedicalCondition = "MEDICAL_CONDITION",
        /// What identifies a person.
        ProtectedHealthInformation = "PROTECTED_HEALTH_INFORMATION",
        /// Tests, treatments and procedures.
        TestTreatmentProcedure = "TEST_TREATMENT_PROCEDURE",
        /// Parts and systems of the body.
        Anatomy = "ANATOMY",
        /// When something was.
        TimeExpression = "TIME_EXPRESSION",
        /// Habits, allergies, sex and origin.
        BehavioralEnvironmentalSocial = "BEHAVIORAL_ENVIRONMENTAL_SOCIAL",
    }
}

names! {
    /// What an entity or an attribute is.
    Type {
        /// Medicine by its non-proprietary name.
        GenericName = "GENERIC_NAME",
        /// Medicine by its trade name.
        BrandName = "BRAND_NAME",
        /// Diagnosis, sign or symptom.
        DxName = "DX_NAME",
        /// Test or measurement.
        TestName = "TEST_NAME",
        /// Intervention.
        ProcedureName = "PROCEDURE_NAME",
        /// Therapy, class of medicines.
        TreatmentName = "TREATMENT_NAME",
        /// Part or system of the body.
        SystemOrganSite = "SYSTEM_ORGAN_SITE",
        /// When a medicine was given.
        TimeToMedicationName = "TIME_TO_MEDICATION_NAME",
        /// When a condition was there.
        TimeToDxName = "TIME_TO_DX_NAME",
        /// When a test was done.
        TimeToTestName = "TIME_TO_TEST_NAME",
        /// When a procedure was done.
        TimeToProcedureName = "TIME_TO_PROCEDURE_NAME",
        /// When a treatment was given.
        TimeToTreatmentName = "TIME_TO_TREATMENT_NAME",
        /// Tobacco.
        TobaccoUse = "TOBACCO_USE",
        /// Alcohol.
        AlcoholConsumption = "ALCOHOL_CONSUMPTION",
        /// Recreational drugs.
        RecDrugUse = "REC_DRUG_USE",
        /// Allergy, or what somebody is allergic to.
        Allergies = "ALLERGIES",
        /// Sex or gender.
        Gender = "GENDER",
        /// Origin.
        RaceEthnicity = "RACE_ETHNICITY",
        /// Name of a person, without titles.
        Name = "NAME",
        /// Age: the number alone if it counts years.
        Age = "AGE",
        /// Date, year, month, day of the week or holiday.
        Date = "DATE",
        /// Place: street, town, state, country, institution.
        Address = "ADDRESS",
        /// Telephone, fax or pager number.
        PhoneOrFax = "PHONE_OR_FAX",
        /// E-mail address.
        Email = "EMAIL",
        /// Any identifying number.
        Id = "ID",
        /// Web address.
        Url = "URL",
        /// Occupation or employer.
        Profession = "PROFESSION",
        /// How much of a medicine is taken at once.
        Dosage = "DOSAGE",
        /// How much of the substance a unit of the medicine holds.
        Strength = "STRENGTH",
        /// Tablet, cream and the like.
        Form = "FORM",
        /// How often.
        Frequency = "FREQUENCY",
        /// How long.
        Duration = "DURATION",
        /// How a medicine is given.
        RouteOrMode = "ROUTE_OR_MODE",
        /// How fast a medicine is given.
        Rate = "RATE",
        /// Result of a test.
        TestValue = "TEST_VALUE",
        /// Unit of the result.
        TestUnit = "TEST_UNIT",
        /// Course in time: acute, chronic.
        Acuity = "ACUITY",
        /// Side or direction.
        Direction = "DIRECTION",
        /// Any other property of a condition.
        Quality = "QUALITY",
        /// How much is smoked, drunk or taken.
        Amount = "AMOUNT",
        /// A time that belongs to nothing.
        TimeExpression = "TIME_EXPRESSION",
    }
}

names! {
    /// What the context says about an entity.
    TraitName {
        /// Observed by the examiner.
        Sign = "SIGN",
        /// Reported by the patient.
        Symptom = "SYMPTOM",
        /// A diagnosis.
        Diagnosis = "DIAGNOSIS",
        /// Said to be absent, not done or not taken.
        Negation = "NEGATION",
        /// Not the patient but a relative.
        PertainsToFamily = "PERTAINS_TO_FAMILY",
        /// Might be, if.
        Hypothetical = "HYPOTHETICAL",
        /// Uncertain.
        LowConfidence = "LOW_CONFIDENCE",
        /// Was, before the present episode.
        PastHistory = "PAST_HISTORY",
        /// Planned.
        Future = "FUTURE",
    }
}

names! {
    /// How an attribute relates to its entity.
    Relationship {
        /// Amount taken.
        Dosage = "DOSAGE",
        /// Way of giving.
        RouteOrMode = "ROUTE_OR_MODE",
        /// Form of the medicine.
        Form = "FORM",
        /// How often.
        Frequency = "FREQUENCY",
        /// How long.
        Duration = "DURATION",
        /// Content of a unit.
        Strength = "STRENGTH",
        /// Speed.
        Rate = "RATE",
        /// Course in time.
        Acuity = "ACUITY",
        /// Result.
        TestValue = "TEST_VALUE",
        /// Unit of the result.
        TestUnit = "TEST_UNIT",
        /// Side.
        Direction = "DIRECTION",
        /// Where in the body.
        SystemOrganSite = "SYSTEM_ORGAN_SITE",
        /// How much.
        Amount = "AMOUNT",
        /// Property.
        Quality = "QUALITY",
        /// At the same time.
        Overlap = "OVERLAP",
    }
}

impl Type {
    /// The category of an entity of this type. That of an attribute can be another, see [`Attribute::category`].
    pub const fn category(self) -> Category {
        match self {
            Type::GenericName
            | Type::BrandName
            | Type::Dosage
            | Type::Strength
            | Type::Form
            | Type::Frequency
            | Type::Duration
            | Type::RouteOrMode
            | Type::Rate => Category::Medication,
            Type::DxName | Type::Acuity | Type::Quality => Category::MedicalCondition,
            Type::TestName | Type::ProcedureName | Type::TreatmentName | Type::TestValue | Type::TestUnit => {
                Category::TestTreatmentProcedure
            }
            Type::SystemOrganSite | Type::Direction => Category::Anatomy,
            Type::TimeToMedicationName
            | Type::TimeToDxName
            | Type::TimeToTestName
            | Type::TimeToProcedureName
            | Type::TimeToTreatmentName
            | Type::TimeExpression => Category::TimeExpression,
            Type::TobaccoUse
            | Type::AlcoholConsumption
            | Type::RecDrugUse
            | Type::Allergies
            | Type::Gender
            | Type::RaceEthnicity
            | Type::Amount => Category::BehavioralEnvironmentalSocial,
            Type::Name
            | Type::Age
            | Type::Date
            | Type::Address
            | Type::PhoneOrFax
            | Type::Email
            | Type::Id
            | Type::Url
            | Type::Profession => Category::ProtectedHealthInformation,
        }
    }

    /// Whether it names a medicine.
    pub const fn is_medication(self) -> bool {
        matches!(self, Type::GenericName | Type::BrandName)
    }

    /// The type of the time at which an entity of this type was, if there is one.
    pub const fn time_to(self) -> Option<Type> {
        match self {
            Type::GenericName | Type::BrandName => Some(Type::TimeToMedicationName),
            Type::DxName => Some(Type::TimeToDxName),
            Type::TestName => Some(Type::TimeToTestName),
            Type::ProcedureName => Some(Type::TimeToProcedureName),
            Type::TreatmentName => Some(Type::TimeToTreatmentName),
            _ => None,
        }
    }
}

impl Relationship {
    /// How an attribute of that type relates to its entity: the service names it after the attribute, except where two
    /// entities coincide in time.
    pub const fn of(attribute: Type) -> Relationship {
        match attribute {
            Type::Dosage => Relationship::Dosage,
            Type::RouteOrMode => Relationship::RouteOrMode,
            Type::Form => Relationship::Form,
            Type::Frequency => Relationship::Frequency,
            Type::Duration => Relationship::Duration,
            Type::Strength => Relationship::Strength,
            Type::Rate => Relationship::Rate,
            Type::Acuity => Relationship::Acuity,
            Type::TestValue => Relationship::TestValue,
            Type::TestUnit => Relationship::TestUnit,
            Type::Direction => Relationship::Direction,
            Type::SystemOrganSite => Relationship::SystemOrganSite,
            Type::Amount => Relationship::Amount,
            Type::Quality => Relationship::Quality,
            _ => Relationship::Overlap,
        }
    }
}

/// What the context says about an entity, and how sure that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trait {
    /// What it says.
    pub name: TraitName,
    /// From 0 to 1, in steps of 0.0001.
    pub score: f32,
}

/// A piece of text that says more about an entity.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// What it is.
    pub kind: Type,
    /// Its category: that of its entity, for types that occur with several categories.
    pub category: Category,
    /// How it relates to its entity.
    pub relationship: Relationship,
    /// How sure it is that it belongs to this entity, from 0 to 1.
    pub relationship_score: f32,
    /// How sure it is that the text is what `kind` says, from 0 to 1.
    pub score: f32,
    /// Its first code point, counted from the start of the text.
    pub start: usize,
    /// One past its last code point.
    pub end: usize,
    /// Its first byte.
    pub byte_start: usize,
    /// One past its last byte.
    pub byte_end: usize,
    /// What the context says about it.
    pub traits: Vec<Trait>,
}

/// A finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Entity {
    /// What it is.
    pub kind: Type,
    /// The category of `kind`.
    pub category: Category,
    /// Its first code point, counted from the start of the text.
    pub start: usize,
    /// One past its last code point.
    pub end: usize,
    /// Its first byte.
    pub byte_start: usize,
    /// One past its last byte.
    pub byte_end: usize,
    /// How likely it is what it is said to be, from 0 to 1, in steps of 0.0001.
    pub score: f32,
    /// What the context says about it; of a condition first whether it is a diagnosis, a sign or a symptom.
    pub traits: Vec<Trait>,
    /// What else the text says about it, in order.
    pub attributes: Vec<Attribute>,
}

/// An attribute that belongs to no entity.
#[derive(Clone, Debug, PartialEq)]
pub struct UnmappedAttribute {
    /// The category that it would have.
    pub category: Category,
    /// The attribute; its relationship score is 0.
    pub attribute: Attribute,
}

/// What was found in a text. Clear it or hand it in again: it keeps its memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Analysis {
    /// The entities, in order of their start. Entities of different types can share a place: a date of an operation is
    /// a date and says when the operation was.
    pub entities: Vec<Entity>,
    /// The attributes that belong to no entity, in order.
    pub unmapped: Vec<UnmappedAttribute>,
}

impl Analysis {
    /// Nothing found.
    pub fn new() -> Analysis {
        Analysis::default()
    }

    /// Forgets everything.
    pub fn clear(&mut self) {
        self.entities.clear();
        self.unmapped.clear();
    }
}

/// A score as it is reported: from 0 to 1, in steps of 0.0001.
pub(crate) fn rounded(score: f32) -> f32 {
    (score.clamp(0.0, 1.0) * 10_000.0).round() / 10_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_distinct_and_lead_back() {
        for kind in Type::ALL {
            assert_eq!(Type::from_name(kind.name()), Some(kind));
        }
        for name in TraitName::ALL {
            assert_eq!(TraitName::from_name(name.name()), Some(name));
        }
        assert_eq!(Type::from_name("MEDICATION"), None);
    }
}
