//! What recognizers produce.

use construe_text::Span;

/// What a recognizer can find. The vocabulary of this crate: products map it to their own labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// Bank account number without a check digit of its own.
    BankAccount,
    /// US bank routing number (ABA).
    BankRouting,
    /// Payment card number, or its last four digits.
    PaymentCard,
    /// Card verification code.
    CardVerification,
    /// Expiry date of a payment card.
    CardExpiry,
    /// Personal identification number of a card, door or voice mail.
    Pin,
    /// E-mail address.
    Email,
    /// Postal address or a part of one.
    Address,
    /// Personal name without titles.
    PersonName,
    /// Telephone or fax number with extension.
    Phone,
    /// US social security number, or its last four digits.
    UsSocialSecurity,
    /// Date, year, month, day of the week or time of day.
    DateTime,
    /// Passport number.
    Passport,
    /// Driving licence number.
    DrivingLicence,
    /// Web address.
    Url,
    /// Age of a person.
    Age,
    /// User name.
    Username,
    /// Password.
    Password,
    /// AWS access key id.
    AwsAccessKey,
    /// AWS secret access key.
    AwsSecretKey,
    /// IPv4 or IPv6 address.
    IpAddress,
    /// Hardware address of a network interface.
    MacAddress,
    /// Vehicle registration plate.
    LicensePlate,
    /// Vehicle identification number.
    Vin,
    /// UK national insurance number.
    UkNationalInsurance,
    /// Canadian social insurance number.
    CaSocialInsurance,
    /// US individual taxpayer identification number.
    UsTaxpayer,
    /// UK unique taxpayer reference.
    UkTaxpayer,
    /// Indian permanent account number.
    InPermanentAccount,
    /// Indian rural employment job card (NREGA).
    InJobCard,
    /// International bank account number.
    Iban,
    /// SWIFT/BIC.
    Swift,
    /// UK health service number.
    UkHealthService,
    /// Canadian provincial health number.
    CaHealth,
    /// Indian Aadhaar.
    InAadhaar,
    /// Indian voter card number.
    InVoter,
}

impl Kind {
    /// Number of kinds.
    pub const COUNT: usize = Kind::InVoter as usize + 1;
}

/// A set of kinds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kinds(u64);

impl Kinds {
    /// Every kind.
    pub const ALL: Kinds = Kinds((1 << Kind::COUNT) - 1);
    /// No kind.
    pub const NONE: Kinds = Kinds(0);

    /// The set of one kind.
    pub const fn of(kind: Kind) -> Kinds {
        Kinds(1 << kind as u8)
    }

    /// This set and `kind`.
    pub const fn with(self, kind: Kind) -> Kinds {
        Kinds(self.0 | 1 << kind as u8)
    }

    /// This set without `kind`.
    pub const fn without(self, kind: Kind) -> Kinds {
        Kinds(self.0 & !(1 << kind as u8))
    }

    /// Whether `kind` is in the set.
    pub const fn contains(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Whether both sets hold a common kind.
    pub const fn any(self, of: Kinds) -> bool {
        self.0 & of.0 != 0
    }
}

impl FromIterator<Kind> for Kinds {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Kinds {
        kinds.into_iter().fold(Kinds::NONE, Kinds::with)
    }
}

/// A possible finding: overlapping ones are still to be settled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// What it would be.
    pub kind: Kind,
    /// Where, in bytes.
    pub span: Span,
    /// How likely, from 0 to 1.
    pub score: f32,
}
