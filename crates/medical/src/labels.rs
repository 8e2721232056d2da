//! The labels of the taggers, coarser than the types of the engine where a list or the context decides the rest.

use crate::Type;

macro_rules! labels {
    ($(#[$meta:meta])* $enum:ident { $($(#[$variant_meta:meta])* $variant:ident = $name:literal: $($kind:ident)|+,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum $enum {
            $($(#[$variant_meta])* $variant,)+
        }

        impl $enum {
            /// All of them; the position is the label's number in the model.
            pub const ALL: [$enum; [$($name),+].len()] = [$($enum::$variant),+];

            /// Its name in the model.
            pub const fn name(self) -> &'static str {
                match self {
                    $($enum::$variant => $name,)+
                }
            }

            /// The label of a type, if the tagger looks for it.
            pub const fn of(kind: Type) -> Option<$enum> {
                match kind {
                    $($(Type::$kind)|+ => Some($enum::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

labels! {
    /// What the tagger of entities looks for.
    EntityLabel {
        /// Conditions.
        Condition = "DX_NAME": DxName,
        /// Medicines; the terminology says whether the name is generic.
        Medication = "MEDICATION": GenericName | BrandName,
        /// Tests.
        Test = "TEST_NAME": TestName,
        /// Procedures.
        Procedure = "PROCEDURE_NAME": ProcedureName,
        /// Treatments and classes of medicines.
        Treatment = "TREATMENT_NAME": TreatmentName,
        /// Parts of the body.
        Site = "SYSTEM_ORGAN_SITE": SystemOrganSite,
        /// Times; what they date says which type they are.
        Time = "TIME": TimeToMedicationName | TimeToDxName | TimeToTestName | TimeToProcedureName
            | TimeToTreatmentName,
        /// Tobacco, alcohol, recreational drugs, allergies; word lists tell them apart.
        Social = "SOCIAL": TobaccoUse | AlcoholConsumption | RecDrugUse | Allergies,
        /// Sex and origin; a word list tells them apart.
        Demographic = "DEMOGRAPHIC": Gender | RaceEthnicity,
        /// Results of tests, unit included where none is annotated.
        Value = "TEST_VALUE": TestValue,
        /// Properties of conditions; word lists tell acuity and direction from the rest.
        Modifier = "MODIFIER": Quality | Acuity,
    }
}

labels! {
    /// What the tagger of protected health information looks for.
    PhiLabel {
        /// Names of persons.
        Name = "NAME": Name,
        /// Ages.
        Age = "AGE": Age,
        /// Dates.
        Date = "DATE": Date,
        /// Places.
        Address = "ADDRESS": Address,
        /// Telephone and fax numbers.
        Phone = "PHONE_OR_FAX": PhoneOrFax,
        /// E-mail addresses.
        Email = "EMAIL": Email,
        /// Identifying numbers.
        Id = "ID": Id,
        /// Web addresses.
        Url = "URL": Url,
        /// Occupations.
        Profession = "PROFESSION": Profession,
    }
}

impl PhiLabel {
    /// The type that it stands for.
    pub const fn kind(self) -> Type {
        match self {
            PhiLabel::Name => Type::Name,
            PhiLabel::Age => Type::Age,
            PhiLabel::Date => Type::Date,
            PhiLabel::Address => Type::Address,
            PhiLabel::Phone => Type::PhoneOrFax,
            PhiLabel::Email => Type::Email,
            PhiLabel::Id => Type::Id,
            PhiLabel::Url => Type::Url,
            PhiLabel::Profession => Type::Profession,
        }
    }
}
