//! One row per case, every type: the text with what is to be found marked as `⟦surface|TYPE⟧`, and nothing else.

use construe_pii::{Engine, Language, PiiType};

/// English, and layouts of no language.
const ENGLISH: &[&str] = &[
    // Payment cards: by check digit, whatever the context.
    "Please charge ⟦4000 0012 3456 7899|CREDIT_DEBIT_NUMBER⟧ for the second night as well.",
    "the amex is ⟦3712 345678 90120|CREDIT_DEBIT_NUMBER⟧, four digits in front are ⟦7711|CREDIT_DEBIT_CVV⟧ (cid)",
    "⟦6011123456789019|CREDIT_DEBIT_NUMBER⟧;⟦11/29|CREDIT_DEBIT_EXPIRY⟧;⟦402|CREDIT_DEBIT_CVV⟧",
    "Mastercard ⟦5555-0000-1234-5672|CREDIT_DEBIT_NUMBER⟧ expires ⟦09/2031|CREDIT_DEBIT_EXPIRY⟧, security code ⟦118|CREDIT_DEBIT_CVV⟧.",
    "the card that ends in ⟦8210|CREDIT_DEBIT_NUMBER⟧ was declined twice",
    "The number 4000 0012 3456 7898 fails its check digit.",
    "Parcel 9400 1000 0000 0000 0000 00 left the depot.",
    "Our order 4000-0012-3456-7899-22 was split in two.",
    "Visa ****⟦8780|CREDIT_DEBIT_NUMBER⟧ was refused; xxxx-xxxx-xxxx-⟦7838|CREDIT_DEBIT_NUMBER⟧ works",
    "Mastercard (...⟦3268|CREDIT_DEBIT_NUMBER⟧), sec code ⟦049|CREDIT_DEBIT_CVV⟧, valid till ⟦10/31|CREDIT_DEBIT_EXPIRY⟧",
    "savings account ...⟦0737|BANK_ACCOUNT_NUMBER⟧ and SSN XXX-XX-⟦6789|SSN⟧",
    // A label before a greeting is not the label of a name.
    "Customer: Hi ⟦Keisha|NAME⟧, this is ⟦Margaret Holloway|NAME⟧.",
    // Bank.
    "Wire it to account ⟦009812345671|BANK_ACCOUNT_NUMBER⟧, routing ⟦122000661|BANK_ROUTING⟧.",
    "ABA: ⟦026009593|BANK_ROUTING⟧",
    "Routing number 122000662 is wrong by one digit.",
    "IBAN ⟦DE89 3704 0044 0532 0130 00|INTERNATIONAL_BANK_ACCOUNT_NUMBER⟧ / BIC ⟦COBADEFFXXX|SWIFT_CODE⟧",
    "Kontoverbindung ⟦DE89370400440532013000|INTERNATIONAL_BANK_ACCOUNT_NUMBER⟧ (⟦COBADEFFXXX|SWIFT_CODE⟧)",
    "rt# ⟦026009593|BANK_ROUTING⟧, a/c ⟦009812345671|BANK_ACCOUNT_NUMBER⟧",
    "transfer to ⟦NL91ABNA0417164300|INTERNATIONAL_BANK_ACCOUNT_NUMBER⟧ before noon",
    "DE88370400440532013000 has a wrong check number.",
    "SWIFT code: ⟦BSCHESMM|SWIFT_CODE⟧",
    "The DOCUMENT and the STANDARD were both signed.",
    "your account ending in ⟦3391|BANK_ACCOUNT_NUMBER⟧ is overdrawn",
    "PIN: ⟦4471|PIN⟧",
    "my voicemail pin is ⟦902211|PIN⟧, do not share it",
    "She pinned 4471 notes to the wall.",
    // United States.
    "SSN ⟦212-34-5671|SSN⟧ on the form",
    "His social security number is ⟦212345671|SSN⟧.",
    "social: ⟦212 34 5671|SSN⟧",
    "What are the last four of your SSN? ⟦5671|SSN⟧.",
    "The code 666-12-3456 is not a social security number, nor is 000-12-3456.",
    "ITIN ⟦912-78-1234|US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER⟧ was assigned",
    "ITIN 912-69-1234 has a group that is never used.",
    "Driver's license: ⟦D1234-56789-01234|DRIVER_ID⟧",
    "DL# ⟦F255-921-50-094-0|DRIVER_ID⟧ issued by the state",
    // United Kingdom.
    "NI number ⟦AB 12 34 56 C|UK_NATIONAL_INSURANCE_NUMBER⟧",
    "Her national insurance number, ⟦JG103759A|UK_NATIONAL_INSURANCE_NUMBER⟧, is on the payslip.",
    "GB123456A and QQ123456C are no national insurance numbers.",
    "NHS number: ⟦485 777 3457|UK_NATIONAL_HEALTH_SERVICE_NUMBER⟧",
    "nhs no ⟦4010232137|UK_NATIONAL_HEALTH_SERVICE_NUMBER⟧",
    "NHS number: 485 777 3450 is mistyped",
    "UTR ⟦1955839661|UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER⟧",
    "Unique taxpayer reference ⟦94849 30201|UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER⟧K",
    "UTR 1955839662 does not exist.",
    // Canada.
    "SIN ⟦512-345-679|CA_SOCIAL_INSURANCE_NUMBER⟧ for the T4",
    "social insurance number: ⟦723 456 786|CA_SOCIAL_INSURANCE_NUMBER⟧",
    "SIN 512-345-678 was refused",
    "OHIP ⟦5678-901-231-XK|CA_HEALTH_NUMBER⟧",
    "health card ⟦1234567897|CA_HEALTH_NUMBER⟧",
    "health card 1234567890 is out by one",
    // India.
    "Aadhaar ⟦2938 4756 1021|IN_AADHAAR⟧ verified",
    "aadhaar no. ⟦512345678903|IN_AADHAAR⟧",
    "Aadhaar 2938 4756 1022 failed",
    "PAN ⟦ABCPK1234L|IN_PERMANENT_ACCOUNT_NUMBER⟧",
    "PAN ABCXK1234L names no type of holder.",
    "Voter ID ⟦KLM1234567|IN_VOTER_NUMBER⟧",
    "NREGA job card ⟦KL-05-002-011-003-117|IN_NREGA⟧",
    "Job card XX12345678901234 is of no state.",
    // Vehicles.
    "VIN ⟦1HGCM82690A004352|VEHICLE_IDENTIFICATION_NUMBER⟧ was recalled",
    "VIN 1HGCM82691A004352 has a bad check digit.",
    "a grey van, license plate ⟦7ABC123|LICENSE_PLATE⟧, blocked the gate",
    "number plate: ⟦LB07 SEO|LICENSE_PLATE⟧",
    "registration ⟦MH 12 AB 3456|LICENSE_PLATE⟧ (plate)",
    "License Plate: ⟦R-FP 340|LICENSE_PLATE⟧ or ⟦W-LE 676|LICENSE_PLATE⟧",
    "Gate 12 of hall ABC-123 is closed.",
    // Travel.
    "Passport number: ⟦C01X00T47|PASSPORT_NUMBER⟧",
    "passport ⟦533401372|PASSPORT_NUMBER⟧ expires in ⟦March 2031|DATE_TIME⟧",
    // Internet.
    "Write to ⟦ana.lopez+news@mail.example.co.uk|EMAIL⟧.",
    "See ⟦https://example.com/a/b?q=1&r=(x)#top|URL⟧, or (⟦http://example.org|URL⟧).",
    "It is at ⟦www.example.net/help|URL⟧!",
    "my blog ⟦castro-humphrey.net|URL⟧ is down, as is ⟦shop.example.co.uk/a|URL⟧; see main.rs and Amazon.com",
    "ssh ⟦ada|USERNAME⟧@⟦203.0.113.77|IP_ADDRESS⟧",
    "Connection from ⟦203.0.113.77|IP_ADDRESS⟧ to ⟦2001:db8::8a2e:370:7334|IP_ADDRESS⟧",
    "Upgrade from version 4.2.1.9 to 5.0.0.12 first.",
    "The firmware is 10.4.33.2 now.",
    "300.1.1.1 and 1.2.3 are no addresses.",
    "MAC ⟦00:1A:2B:3C:4D:5E|MAC_ADDRESS⟧ or ⟦001a.2b3c.4d5e|MAC_ADDRESS⟧",
    "00:1A:2B:3C:4D is too short.",
    // Secrets.
    "aws_access_key_id = ⟦AKIAIOSFODNN7EXAMPLE|AWS_ACCESS_KEY⟧",
    "secret: ⟦wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY|AWS_SECRET_KEY⟧",
    "commit da39a3ee5e6b4b0d3255bfef95601890afd80709 fixed it",
    "username: ⟦k.torres88|USERNAME⟧",
    "you can find me as ⟦@wanderer_21|USERNAME⟧ there",
    "The password is ⟦Blue#Harbor42|PASSWORD⟧, change it soon.",
    "password=⟦correct-horse-9|PASSWORD⟧",
    "My username's ⟦xbueno150|USERNAME⟧ and the password's ⟦Garden#593|PASSWORD⟧",
    "pwd ⟦Monday#799|PASSWORD⟧",
    "GET /login?user=⟦marketa_alex|USERNAME⟧&pass=⟦Tiger%871|PASSWORD⟧",
    "user: it does not load\nsupport: which page?\nuser: the first one",
    "The password is required and must be reset.",
    "Enter your username and password to continue.",
    // Telephone.
    "⟦Alice|NAME⟧,⟦1971-03-02|DATE_TIME⟧,⟦212-34-5671|SSN⟧,⟦415-555-0132|PHONE⟧; 12,345 sold, 1,234,567 made",
    "Call ⟦(415) 555-0132 ext. 12|PHONE⟧ or ⟦+44 20 7946 0958|PHONE⟧.",
    "fax ⟦415.555.0199|PHONE⟧",
    "reach us on ⟦020 7946 0018|PHONE⟧ all day",
    "tel ⟦98765 43210|PHONE⟧",
    "⟦0044 20 7946 0958|PHONE⟧ and ⟦00358 412 345 678|PHONE⟧",
    "0.00012345 mol/L in 20.00001234 L",
    "Invoice 4155550132 is unpaid.",
    "The score was 415-555 after ten rounds.",
    // Dates and times.
    "We met on ⟦14 March 2019|DATE_TIME⟧ at ⟦10:30|DATE_TIME⟧.",
    "Due ⟦03/04/2021|DATE_TIME⟧; posted ⟦2021-04-01T08:15:00Z|DATE_TIME⟧",
    "since ⟦1987|DATE_TIME⟧, mostly on ⟦Sundays|DATE_TIME⟧",
    "come at ⟦5 pm|DATE_TIME⟧ on ⟦Friday, June 3rd|DATE_TIME⟧",
    "born ⟦13 Feb 76|DATE_TIME⟧, moved on ⟦2 Mar 2004|DATE_TIME⟧ with 12 others",
    "Mix it 1:2 and heat it to 350 degrees.",
    "Version 1.12.19 took 2000 hours.",
    "Call me may be the title of a song, and we march on.",
    // Ages.
    "She is ⟦52 years|AGE⟧ old.",
    "a ⟦7-month|AGE⟧-old puppy",
    "Age: ⟦41|AGE⟧",
    "She turned ⟦65|AGE⟧ last week; Age/Sex: ⟦25|AGE⟧/M; my son, ⟦12|AGE⟧, is at school.",
    "He worked there for 20 years.",
    // Names.
    "⟦Helen Novak|NAME⟧ wrote to Mr. ⟦Okafor|NAME⟧ and Dr. ⟦Ruth A. Lindqvist|NAME⟧.",
    "Dear ⟦Priya|NAME⟧, thank you for the parcel.",
    "Name: ⟦Joaquim van der Berg|NAME⟧",
    "Regards,\n⟦Tomasz Wieczorek|NAME⟧",
    "my name is ⟦ellen marsh|NAME⟧ and i need help",
    "Dr. ⟦van den Bosch|NAME⟧ saw ⟦Ha-eun Kim|NAME⟧ and \"⟦lauren charles|NAME⟧\",⟦lauren@example.com|EMAIL⟧.",
    "⟦Hunter|NAME⟧, MD, treated Graves disease; Don't confuse it with Northern Ireland.",
    "Marsh & Co signed with Novak Holdings and the University of Leeds.",
    "The committee met in London and then in New York.",
    // Addresses.
    "Ship to ⟦742 Evergreen Terrace, Springfield, IL 62704|ADDRESS⟧.",
    "She lives at ⟦Flat 3, 18 Harbour Road, Whitby, YO21 3PE|ADDRESS⟧ now.",
    "Our office: ⟦PO Box 1182, Halifax, NS B3J 2X1|ADDRESS⟧",
    "He moved to ⟦Portland, OR|ADDRESS⟧ last year.",
    "postcode ⟦SW1A 2AA|ADDRESS⟧",
    "Address: ⟦14, Gandhi Road, Thrissur - 680001|ADDRESS⟧",
    "I live at ⟦Mellomveien 99|ADDRESS⟧ now.",
    "Meet me at ⟦41 quai Saint-Nicolas|ADDRESS⟧ or ⟦Hauptstr. 12a|ADDRESS⟧.",
    "Ship it to ⟦Kloosterlaan 120, 1821 GR Alkmaar|ADDRESS⟧.",
    "We met near ⟦Am Borsigturm 19|ADDRESS⟧, not at ⟦ul. Karłowicza 23|ADDRESS⟧ or ⟦Petőfi utca 9|ADDRESS⟧.",
    "The address is ⟦6750 Koskikatu 25 Apt. 864\nArtilleros\n, CO\n Uruguay 64677|ADDRESS⟧",
    "Her meeting is in room 12, platform 3, via platform 4.",
    "It is a 20 minute drive, 3 doors down the street.",
    // Forms and data.
    "{\"ssn\": \"⟦212-34-5671|SSN⟧\", \"phone\": \"⟦415-555-0132|PHONE⟧\"}",
    "<swiftbic>⟦DEUTDEFF|SWIFT_CODE⟧</swiftbic>",
    "Ticket 77-120934, room 4411, batch A1-99, SKU 0012345678, page 212.",
];

const SPANISH: &[&str] = &[
    "Me llamo ⟦Lucía Herrero Campos|NAME⟧ y tengo ⟦34 años|AGE⟧.",
    "La tarjeta ⟦4000 0012 3456 7899|CREDIT_DEBIT_NUMBER⟧ caduca en ⟦11/29|CREDIT_DEBIT_EXPIRY⟧.",
    "El IBAN es ⟦ES91 2100 0418 4502 0005 1332|INTERNATIONAL_BANK_ACCOUNT_NUMBER⟧.",
    "Vive en la ⟦Calle de Alcalá, 22|ADDRESS⟧ desde ⟦marzo de 2011|DATE_TIME⟧.",
    "Teléfono: ⟦912 34 56 78|PHONE⟧",
    "Nació el ⟦3 de mayo de 1975|DATE_TIME⟧.",
    "La matrícula es ⟦1234 BCD|LICENSE_PLATE⟧.",
    "Usuario: ⟦lherrero75|USERNAME⟧ Contraseña: ⟦Verano.2024|PASSWORD⟧",
    "El paciente, varón de ⟦62 años|AGE⟧, ingresó tras 3 años de evolución.",
    "Estimada Sra. ⟦Quintana|NAME⟧: su pedido 88214 ya salió.",
    "El número de cuenta es ⟦0049182312|BANK_ACCOUNT_NUMBER⟧ y el PIN ⟦8210|PIN⟧.",
    "pasaporte ⟦AAB123456|PASSPORT_NUMBER⟧",
];

/// The text of a row and what is marked in it.
fn parse(row: &str) -> (String, Vec<(String, String)>) {
    let mut text = String::new();
    let mut marked = Vec::new();
    let mut rest = row;
    while let Some((before, after)) = rest.split_once('⟦') {
        let (inside, after) = after.split_once('⟧').expect("a mark is closed");
        let (surface, kind) = inside.rsplit_once('|').expect("a mark names a type");
        assert!(kind.parse::<PiiType>().is_ok(), "{kind}");
        text.push_str(before);
        text.push_str(surface);
        marked.push((surface.to_owned(), kind.to_owned()));
        rest = after;
    }
    text.push_str(rest);
    (text, marked)
}

fn check(rows: &[&str], language: Language) {
    let engine = Engine::load().expect("the engine loads");
    let mut scratch = engine.scratch();
    let mut findings = Vec::new();
    let mut wrong = Vec::new();
    for row in rows {
        let (text, expected) = parse(row);
        engine.analyze(&mut scratch, &text, language, &mut findings);
        let found: Vec<(String, String)> = findings
            .iter()
            .map(|found| {
                let surface: String = text.chars().skip(found.start).take(found.end - found.start).collect();
                assert_eq!(
                    surface,
                    text[found.byte_start..found.byte_end],
                    "both offsets name the same text"
                );
                (surface, found.kind.to_string())
            })
            .collect();
        if found != expected {
            wrong.push(format!("{row}\n    found {found:?}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} rows:\n{}",
        wrong.len(),
        rows.len(),
        wrong.join("\n")
    );
}

#[test]
fn english() {
    check(ENGLISH, Language::En);
}

#[test]
fn spanish() {
    check(SPANISH, Language::Es);
}

#[test]
fn every_type_has_a_row() {
    let all = ENGLISH.concat() + &SPANISH.concat();
    let missing: Vec<PiiType> = PiiType::ALL
        .into_iter()
        .filter(|kind| !all.contains(&format!("|{kind}⟧")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
