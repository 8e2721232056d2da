//! Tags: what a known word or phrase says about the text around it.

use std::ops::{BitAnd, BitOr};

/// A set of tags. One bit each; [`Tags::VALUE_CUES`] and its likes are unions.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Tags(u64);

macro_rules! tags {
    ($($(#[$doc:meta])* $name:ident = $bit:literal;)*) => {
        impl Tags {
            $($(#[$doc])* pub const $name: Tags = Tags(1 << $bit);)*
        }
    };
}

tags! {
    // Cues: a value of this kind stands near.
    /// Bank account.
    ACCOUNT = 0;
    /// Bank routing number.
    ROUTING = 1;
    /// Payment card.
    CARD = 2;
    /// Card verification code.
    CVV = 3;
    /// End of validity.
    EXPIRY = 4;
    /// Personal identification number.
    PIN = 5;
    /// E-mail.
    EMAIL = 6;
    /// Postal address.
    ADDRESS = 7;
    /// Personal name, or the role of a person in a form.
    NAME = 8;
    /// Telephone or fax.
    PHONE = 9;
    /// US social security number.
    SSN = 10;
    /// A date.
    DATE = 11;
    /// Passport.
    PASSPORT = 12;
    /// Driving licence.
    DRIVER = 13;
    /// Web address.
    URL = 14;
    /// Age of a person.
    AGE = 15;
    /// User name.
    USERNAME = 16;
    /// Password.
    PASSWORD = 17;
    /// AWS access key id.
    AWS_ACCESS = 18;
    /// AWS secret access key.
    AWS_SECRET = 19;
    /// Internet address.
    IP = 20;
    /// Hardware address.
    MAC = 21;
    /// Vehicle registration plate.
    PLATE = 22;
    /// Vehicle identification number.
    VIN = 23;
    /// UK national insurance number.
    NINO = 24;
    /// Canadian social insurance number.
    SIN = 25;
    /// US individual taxpayer identification number.
    ITIN = 26;
    /// UK unique taxpayer reference.
    UTR = 27;
    /// Indian permanent account number.
    PAN = 28;
    /// Indian job card.
    NREGA = 29;
    /// International bank account number.
    IBAN = 30;
    /// SWIFT/BIC.
    SWIFT = 31;
    /// UK health service number.
    NHS = 32;
    /// Canadian health card.
    HEALTH = 33;
    /// Indian Aadhaar.
    AADHAAR = 34;
    /// Indian voter card.
    VOTER = 35;
    /// "ending in", "last four".
    LAST_FOUR = 36;
    /// Numbers of things: orders, parts, versions, rooms.
    REFERENCE = 37;
    /// Versions of software.
    VERSION = 38;

    // Vocabulary.
    /// Name of a month.
    MONTH = 40;
    /// Day of the week.
    WEEKDAY = 41;
    /// Street type after the name: `Street`, `Ave`.
    STREET = 42;
    /// Street type before the name: `Calle`, `Avenida`.
    STREET_BEFORE = 43;
    /// Part of a company name: `Inc`, `Bank`.
    COMPANY = 44;
    /// Personal title.
    TITLE = 45;
    /// Part of a building: `Apt`, `Suite`, `planta`.
    UNIT = 46;
    /// State, province or county.
    STATE = 47;
    /// Country.
    COUNTRY = 48;
    /// Compass direction in a street name.
    DIRECTION = 49;
    /// Post-office box.
    PO_BOX = 50;
    /// A span of time that an age is given in.
    AGE_UNIT = 51;
    /// Words that begin or belong to names of institutions: `Hospital`, `University`.
    INSTITUTION = 52;
    /// A word that cannot be part of a personal name even when capitalised.
    NOT_A_NAME = 53;
    /// A particle inside surnames: `de`, `van`, `bin`.
    PARTICLE = 54;
    /// A word before which a personal name is likely: `met`, `Sincerely`, `by`.
    BEFORE_NAME = 55;
    /// A preposition or the like before a year.
    BEFORE_YEAR = 56;
    /// A pronoun with a verb before an age: `I am`, `she is`.
    BEFORE_AGE = 57;
    /// Abbreviated state, valid only in capitals or in an address.
    STATE_CODE = 58;
    /// A verb that people do, after a name: `said`.
    AFTER_NAME = 59;
    /// Generational suffix of a name: `Jr`, `III`.
    NAME_SUFFIX = 60;
    /// Street type after the name where the number comes last: `utca`, `Straße`.
    STREET_LAST = 61;
}

impl Tags {
    /// No tag.
    pub const NONE: Tags = Tags(0);

    /// Cues of values written in digits or codes: a nearer cue of another kind speaks against a reading.
    pub const VALUE_CUES: Tags = Tags(
        Self::ACCOUNT.0
            | Self::ROUTING.0
            | Self::CARD.0
            | Self::CVV.0
            | Self::EXPIRY.0
            | Self::PIN.0
            | Self::PHONE.0
            | Self::SSN.0
            | Self::PASSPORT.0
            | Self::DRIVER.0
            | Self::AGE.0
            | Self::AWS_ACCESS.0
            | Self::AWS_SECRET.0
            | Self::IP.0
            | Self::MAC.0
            | Self::PLATE.0
            | Self::VIN.0
            | Self::NINO.0
            | Self::SIN.0
            | Self::ITIN.0
            | Self::UTR.0
            | Self::PAN.0
            | Self::NREGA.0
            | Self::IBAN.0
            | Self::SWIFT.0
            | Self::NHS.0
            | Self::HEALTH.0
            | Self::AADHAAR.0
            | Self::VOTER.0
            | Self::REFERENCE.0
            | Self::VERSION.0,
    );

    /// Every cue, the ones of words and names included.
    pub const CUES: Tags = Tags((1 << 40) - 1);

    /// Whether a tag is in both sets.
    #[inline]
    pub const fn any(self, of: Tags) -> bool {
        self.0 & of.0 != 0
    }

    /// Whether the set holds nothing.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The union, usable in constants.
    pub const fn and(self, other: Tags) -> Tags {
        Tags(self.0 | other.0)
    }
}

impl BitOr for Tags {
    type Output = Tags;
    fn bitor(self, other: Tags) -> Tags {
        self.and(other)
    }
}

impl BitAnd for Tags {
    type Output = Tags;
    fn bitand(self, other: Tags) -> Tags {
        Tags(self.0 & other.0)
    }
}
