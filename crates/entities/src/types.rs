//! The types of entities.

use std::str::FromStr;

/// What an entity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityType {
    /// An individual or a group of people.
    Person,
    /// A place: a country, a city, a building, a river.
    Location,
    /// A company, an institution, a team, a band.
    Organization,
    /// A branded product.
    CommercialItem,
    /// A festival, a war, an election.
    Event,
    /// A date, a day, a month or a time.
    Date,
    /// A quantified amount: money, a percentage, a number, a size.
    Quantity,
    /// The official name of a work: a film, a book, a song.
    Title,
    /// An entity of none of these types.
    Other,
}

/// The name is of no type.
#[derive(Debug, thiserror::Error)]
#[error("it is no type of entity")]
pub struct UnknownType;

impl EntityType {
    /// All types, in the order of the models' labels.
    pub const ALL: [EntityType; 9] = [
        EntityType::Person,
        EntityType::Location,
        EntityType::Organization,
        EntityType::CommercialItem,
        EntityType::Event,
        EntityType::Date,
        EntityType::Quantity,
        EntityType::Title,
        EntityType::Other,
    ];

    /// The name as clients write it.
    pub const fn name(self) -> &'static str {
        match self {
            EntityType::Person => "PERSON",
            EntityType::Location => "LOCATION",
            EntityType::Organization => "ORGANIZATION",
            EntityType::CommercialItem => "COMMERCIAL_ITEM",
            EntityType::Event => "EVENT",
            EntityType::Date => "DATE",
            EntityType::Quantity => "QUANTITY",
            EntityType::Title => "TITLE",
            EntityType::Other => "OTHER",
        }
    }
}

impl FromStr for EntityType {
    type Err = UnknownType;

    fn from_str(name: &str) -> Result<EntityType, UnknownType> {
        EntityType::ALL
            .into_iter()
            .find(|kind| kind.name() == name)
            .ok_or(UnknownType)
    }
}
