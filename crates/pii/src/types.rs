//! The types of personal information, as Amazon Comprehend names them.

use std::fmt;
use std::str::FromStr;

use construe_recognizers::Kind;

/// The name is of no type of personal information.
#[derive(Debug, thiserror::Error)]
#[error("unknown type of personal information")]
pub struct UnknownType;

macro_rules! pii_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal from $kind:ident;)*) => {
        /// A type of personal information.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum PiiType {
            $($(#[$doc])* $variant,)*
        }

        impl PiiType {
            /// Every type, in the order of their documentation.
            pub const ALL: [PiiType; 36] = [$(PiiType::$variant),*];

            /// The name on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(PiiType::$variant => $name,)*
                }
            }

            /// The type of what a recognizer found.
            pub(crate) const fn of(kind: Kind) -> PiiType {
                match kind {
                    $(Kind::$kind => PiiType::$variant,)*
                }
            }

            /// What recognizers look for to find the type.
            pub(crate) const fn kind(self) -> Kind {
                match self {
                    $(PiiType::$variant => Kind::$kind,)*
                }
            }
        }

        impl FromStr for PiiType {
            type Err = UnknownType;

            fn from_str(name: &str) -> Result<PiiType, UnknownType> {
                match name {
                    $($name => Ok(PiiType::$variant),)*
                    _ => Err(UnknownType),
                }
            }
        }
    };
}

pii_types! {
    /// Bank account number, or its last four digits.
    BankAccountNumber = "BANK_ACCOUNT_NUMBER" from BankAccount;
    /// US bank routing number.
    BankRouting = "BANK_ROUTING" from BankRouting;
    /// Payment card number, or its last four digits.
    CreditDebitNumber = "CREDIT_DEBIT_NUMBER" from PaymentCard;
    /// Card verification code.
    CreditDebitCvv = "CREDIT_DEBIT_CVV" from CardVerification;
    /// Expiry date of a payment card.
    CreditDebitExpiry = "CREDIT_DEBIT_EXPIRY" from CardExpiry;
    /// Personal identification number.
    Pin = "PIN" from Pin;
    /// E-mail address.
    Email = "EMAIL" from Email;
    /// Postal address or a part of one.
    Address = "ADDRESS" from Address;
    /// Personal name without titles.
    Name = "NAME" from PersonName;
    /// Telephone or fax number.
    Phone = "PHONE" from Phone;
    /// US social security number, or its last four digits.
    Ssn = "SSN" from UsSocialSecurity;
    /// Date, year, month, day of the week or time of day.
    DateTime = "DATE_TIME" from DateTime;
    /// Passport number.
    PassportNumber = "PASSPORT_NUMBER" from Passport;
    /// Driving licence number.
    DriverId = "DRIVER_ID" from DrivingLicence;
    /// Web address.
    Url = "URL" from Url;
    /// Age of a person: quantity and unit.
    Age = "AGE" from Age;
    /// User name, login or handle.
    Username = "USERNAME" from Username;
    /// Password.
    Password = "PASSWORD" from Password;
    /// AWS access key id.
    AwsAccessKey = "AWS_ACCESS_KEY" from AwsAccessKey;
    /// AWS secret access key.
    AwsSecretKey = "AWS_SECRET_KEY" from AwsSecretKey;
    /// IPv4 or IPv6 address.
    IpAddress = "IP_ADDRESS" from IpAddress;
    /// Hardware address of a network interface.
    MacAddress = "MAC_ADDRESS" from MacAddress;
    /// Vehicle registration plate.
    LicensePlate = "LICENSE_PLATE" from LicensePlate;
    /// Vehicle identification number.
    VehicleIdentificationNumber = "VEHICLE_IDENTIFICATION_NUMBER" from Vin;
    /// UK national insurance number.
    UkNationalInsuranceNumber = "UK_NATIONAL_INSURANCE_NUMBER" from UkNationalInsurance;
    /// Canadian social insurance number.
    CaSocialInsuranceNumber = "CA_SOCIAL_INSURANCE_NUMBER" from CaSocialInsurance;
    /// US individual taxpayer identification number.
    UsIndividualTaxIdentificationNumber = "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER" from UsTaxpayer;
    /// UK unique taxpayer reference.
    UkUniqueTaxpayerReferenceNumber = "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER" from UkTaxpayer;
    /// Indian permanent account number.
    InPermanentAccountNumber = "IN_PERMANENT_ACCOUNT_NUMBER" from InPermanentAccount;
    /// Indian rural employment job card number.
    InNrega = "IN_NREGA" from InJobCard;
    /// International bank account number.
    InternationalBankAccountNumber = "INTERNATIONAL_BANK_ACCOUNT_NUMBER" from Iban;
    /// SWIFT/BIC.
    SwiftCode = "SWIFT_CODE" from Swift;
    /// UK health service number.
    UkNationalHealthServiceNumber = "UK_NATIONAL_HEALTH_SERVICE_NUMBER" from UkHealthService;
    /// Canadian health number.
    CaHealthNumber = "CA_HEALTH_NUMBER" from CaHealth;
    /// Indian Aadhaar.
    InAadhaar = "IN_AADHAAR" from InAadhaar;
    /// Indian voter card number.
    InVoterNumber = "IN_VOTER_NUMBER" from InVoter;
}

impl fmt::Display for PiiType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of types.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct TypeSet(u64);

impl TypeSet {
    /// The set of no type.
    pub const fn new() -> TypeSet {
        TypeSet(0)
    }

    /// The set of every type.
    pub const fn all() -> TypeSet {
        TypeSet((1 << PiiType::ALL.len()) - 1)
    }

    /// Adds a type.
    pub fn insert(&mut self, kind: PiiType) {
        self.0 |= 1 << kind as u8;
    }

    /// Takes a type away.
    pub fn remove(&mut self, kind: PiiType) {
        self.0 &= !(1 << kind as u8);
    }

    /// Whether the type is in the set.
    pub const fn contains(&self, kind: PiiType) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// Whether no type is in the set.
    pub const fn is_empty(&self) -> bool {
        self.0 == 0
    }

    /// The types in the set, in order.
    pub fn iter(&self) -> impl Iterator<Item = PiiType> + use<> {
        let set = *self;
        PiiType::ALL.into_iter().filter(move |kind| set.contains(*kind))
    }
}

impl FromIterator<PiiType> for TypeSet {
    fn from_iter<I: IntoIterator<Item = PiiType>>(types: I) -> TypeSet {
        let mut set = TypeSet::new();
        set.extend(types);
        set
    }
}

impl Extend<PiiType> for TypeSet {
    fn extend<I: IntoIterator<Item = PiiType>>(&mut self, types: I) {
        for kind in types {
            self.insert(kind);
        }
    }
}

impl fmt::Debug for TypeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_kinds_map_one_to_one() {
        for kind in PiiType::ALL {
            assert_eq!(kind.as_str().parse::<PiiType>().expect("own name"), kind);
            assert_eq!(PiiType::of(kind.kind()), kind);
        }
        assert!("SURNAME".parse::<PiiType>().is_err() && "name".parse::<PiiType>().is_err());
    }

    #[test]
    fn sets() {
        let mut set: TypeSet = [PiiType::Name, PiiType::Pin].into_iter().collect();
        assert!(set.contains(PiiType::Pin) && !set.contains(PiiType::Age));
        set.remove(PiiType::Pin);
        assert_eq!(format!("{set:?}"), "{Name}");
        assert!(PiiType::ALL.iter().all(|kind| TypeSet::all().contains(*kind)));
        assert_eq!(TypeSet::all().iter().count(), 36);
    }
}
