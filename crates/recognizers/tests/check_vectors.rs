//! Every validator against the project's own table of valid and invalid values.

use construe_recognizers::shape::Compact;
use construe_recognizers::validators;

#[test]
fn every_value_is_judged_right() {
    let mut judged = 0;
    for line in include_str!("check_vectors.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let mut columns = line.split('\t');
        let (Some(kind), Some(value), Some(verdict)) = (columns.next(), columns.next(), columns.next()) else {
            panic!("three columns: {line}");
        };
        let valid: fn(&[u8]) -> bool = match kind {
            "BANK_ROUTING" => validators::us_bank_routing,
            "CA_HEALTH_NUMBER" => validators::ca_health,
            "CA_SOCIAL_INSURANCE_NUMBER" => validators::ca_social_insurance,
            "CREDIT_DEBIT_NUMBER" => validators::payment_card,
            "INTERNATIONAL_BANK_ACCOUNT_NUMBER" => validators::iban,
            "IN_AADHAAR" => validators::in_aadhaar,
            "IN_PERMANENT_ACCOUNT_NUMBER" => validators::in_permanent_account,
            "SSN" => validators::us_social_security,
            "UK_NATIONAL_HEALTH_SERVICE_NUMBER" => validators::uk_health_service,
            "UK_NATIONAL_INSURANCE_NUMBER" => validators::uk_national_insurance,
            "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER" => validators::uk_taxpayer,
            "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER" => validators::us_taxpayer,
            "VEHICLE_IDENTIFICATION_NUMBER" => validators::vin,
            other => panic!("no validator for {other}"),
        };
        assert_eq!(
            valid(Compact::of(value.as_bytes()).as_bytes()),
            verdict == "valid",
            "{kind} {value}"
        );
        judged += 1;
    }
    assert!(judged > 700, "the table holds {judged} values");
}

#[test]
fn validators_answer_for_anything() {
    let inputs: [&[u8]; 8] = [
        b"",
        b"A",
        b"000000000",
        b"ZZZZZZZZZZ",
        b"0000000000000000",
        b"12",
        b"GB",
        b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ];
    let all: [fn(&[u8]) -> bool; 16] = [
        validators::us_bank_routing,
        validators::ca_health,
        validators::ca_social_insurance,
        validators::payment_card,
        validators::iban,
        validators::in_aadhaar,
        validators::in_permanent_account,
        validators::us_social_security,
        validators::uk_health_service,
        validators::uk_national_insurance,
        validators::uk_taxpayer,
        validators::us_taxpayer,
        validators::vin,
        validators::swift,
        validators::in_voter,
        validators::in_job_card,
    ];
    for valid in all {
        for input in inputs {
            assert!(!valid(input), "{input:?}");
        }
    }
}
