//! What the words around a mention say of it: the rule tables.
//!
//! The method is that of NegEx (Chapman and others, 2001) and ConText (Harkema and others, 2009): a cue opens a scope
//! before or after itself, a terminator closes it, and phrases that only look like cues are read first so that they do
//! no harm. The tables are this project's own.

use crate::TraitName;

/// Which mentions a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Targets(u8);

impl Targets {
    /// Conditions.
    pub const CONDITION: Targets = Targets(1);
    /// Medicines.
    pub const MEDICATION: Targets = Targets(2);
    /// Procedures and treatments.
    pub const TREATMENT: Targets = Targets(4);
    /// Tests.
    pub const TEST: Targets = Targets(8);
    /// Tobacco, alcohol, drugs, allergies.
    pub const HABIT: Targets = Targets(16);
    /// What can be done, or not.
    pub const ACTION: Targets = Targets(2 | 4 | 8);
    /// All but conditions.
    pub const BUT_CONDITIONS: Targets = Targets(2 | 4 | 8 | 16);
    /// What is told of relatives.
    pub const OF_RELATIVES: Targets = Targets(1 | 2 | 4 | 16);
    /// All of them.
    pub const ANY: Targets = Targets(31);

    /// Whether both hold a common one.
    pub const fn any(self, of: Targets) -> bool {
        self.0 & of.0 != 0
    }
}

/// What a phrase does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Gives a trait to mentions after it.
    After(TraitName),
    /// Gives a trait to mentions before it.
    Before(TraitName),
    /// Ends scopes.
    Ends,
    /// Looks like a cue and is none.
    Nothing,
}

/// Phrases with the same effect.
pub struct Group {
    /// What they do.
    pub effect: Effect,
    /// To which mentions.
    pub targets: Targets,
    /// How many tokens the scope reaches at most.
    pub reach: usize,
    /// How reliable they are, from 0 to 1.
    pub score: f32,
    /// The phrases, as they are written in lower case.
    pub phrases: &'static [&'static str],
}

const FAR: usize = 40;

const fn group(effect: Effect, targets: Targets, reach: usize, score: f32, phrases: &'static [&'static str]) -> Group {
    Group {
        effect,
        targets,
        reach,
        score,
        phrases,
    }
}

use Effect::{After, Before, Ends, Nothing};
use TraitName::{Future, Hypothetical, LowConfidence, Negation, PastHistory, PertainsToFamily};

/// All rules. Where two phrases start at the same word the longer one counts.
#[rustfmt::skip]
pub const RULES: &[Group] = &[
    group(
        After(Negation),
        Targets::ANY,
        FAR,
        0.97,
        &[
            "no", "not", "without", "denies", "denied", "denying", "deny", "denies any", "negative for", "neg for",
            "no evidence of", "no evidence for", "no sign of", "no signs of", "no signs or symptoms of",
            "absence of", "absent", "free of", "free from", "lack of", "lacks", "lacked", "never had", "never",
            "no complaints of", "no complaint of", "does not have", "did not have", "doesn't have", "has not had",
            "no known", "non", "nor", "neither", "no history of", "no prior history of", "no past history of",
            "no personal history of", "without evidence of", "without any", "not have", "no longer has",
            "no longer", "fails to show", "failed to show", "failed to reveal", "fails to reveal", "did not show",
            "did not reveal", "does not show", "did not demonstrate", "not demonstrate", "not reveal", "not show",
            "ruled out for", "rules out", "has been ruled out for", "was ruled out for", "rather than",
            "resolution of", "not associated with", "unremarkable for", "no convincing evidence of", "declines",
            "declined", "cannot see", "not exhibit", "not complain of", "not complaining of", "not experiencing",
            "not experienced", "instead of", "exclude the presence of", "w/o", "-ve for", "no further",
            "no further signs of", "low suspicion for", "low probability for", "low probability of",
            "nonspecific for", "not feel", "can't see", "not appear to have", "not had", "wasn't", "isn't",
            "aren't", "didn't", "doesn't", "don't", "hasn't", "haven't", "hadn't", "hasn't had", "haven't had", "hadn't had", "didn't have", "none of", "was negative for",
            "is negative for", "were negative for", "are negative for", "been negative for", "remains negative for",
            "no prior", "no previous", "neg", "no longer any", "no longer has any", "no new", "not any", "nothing to suggest", "no findings to suggest",
            "no findings of", "no evidence to suggest", "no suggestion of", "no indication of", "no suspicion of",
            "no suspicion for", "no concern for", "no concerns for", "not suggestive of", "not consistent with",
            "not concerning for", "not suspicious for", "inconsistent with", "exclude", "excludes", "excluded", "excluding",
            "has not experienced", "has not complained of", "no personal or family history of", "no prior episodes of",
            "no recent", "no associated", "no obvious", "no overt", "no gross", "no frank", "no definite", "no clinical",
            "never developed", "never experienced", "has ruled out", "have ruled out", "was able to rule out",
        ],
    ),
    group(
        Before(Negation),
        Targets::CONDITION,
        9,
        0.93,
        &[
            "was ruled out", "is ruled out", "were ruled out", "are ruled out", "has been ruled out",
            "have been ruled out", "ruled out", "was excluded", "were excluded", "is excluded", "has been excluded",
            "is absent", "are absent", "was absent", "were absent", "not present", "is not present",
            "was not present", "are not present", "not seen", "is not seen", "are not seen", "was not seen",
            "were not seen", "not identified", "is not identified", "was not identified", "were not identified",
            "not noted", "was not noted", "not detected", "was not detected", "were not detected", "not found",
            "were not found", "was not found", "not appreciated", "is not appreciated", "not demonstrated",
            "was not demonstrated", "not evident", "is negative", "was negative", "were negative", "are negative",
            "negative", "denied", "not visualized", "is not visualized", "not observed", "was not observed",
            "were not observed", "have resolved", "has resolved", "unlikely", "is unlikely", "free",
            "no longer present", "not felt", "was not felt", "absent", "resolved", "can not be identified", "none",
            "not heard", "is not heard", "was not heard", "were not heard", "not palpated", "was not palpated",
            "not palpable", "is not palpable", "not elicited", "was not elicited", "not reported", "was not reported",
            "not suspected", "is not suspected", "not apparent", "not visible", "not confirmed", "was not confirmed",
            "(-)", "has not recurred", "have not recurred",
            "did not recur", "has since resolved", "have since resolved", "is gone", "are gone",
            "are unlikely", "was unlikely", "is less likely", "has cleared", "have cleared", "subsided",
            "has subsided", "have subsided", "non-existent", "nonexistent", "not a concern",
        ],
    ),
    group(
        After(Negation),
        Targets::ACTION,
        10,
        0.93,
        &[
            "stop", "stop taking", "stopped", "stopped taking", "discontinue", "discontinued", "hold", "hold off on",
            "holding", "held", "stopping", "discontinuing", "off of", "avoid", "not taking",
            "is not taking", "not on", "is not on", "off", "not a candidate for", "not candidates for", "refuses",
            "refused", "refusing", "declined", "declines", "contraindication to", "contraindications to",
            "intolerant of", "intolerant to", "unable to tolerate", "could not tolerate", "did not tolerate",
            "did not undergo", "not undergo", "not receive", "did not receive", "not require", "did not require",
            "not received", "not undergone", "never took", "never received", "cannot take", "in the absence of",
        ],
    ),
    group(
        Before(Negation),
        Targets::ACTION,
        6,
        0.9,
        &[
            "was stopped", "were stopped", "was discontinued", "were discontinued", "is discontinued",
            "discontinued", "was held", "is held", "were held", "withheld", "was withheld", "not performed",
            "was not performed", "were not performed", "not done", "was not done", "not given", "was not given",
            "not indicated", "is not indicated", "was not indicated", "was refused", "was declined", "declined",
            "is contraindicated", "was withdrawn", "were withdrawn",
        ],
    ),
    group(
        Nothing,
        Targets::ANY,
        0,
        0.0,
        &[
            "no increase", "no increased", "no change", "no changes", "no significant change", "no interval change",
            "no significant interval change", "no improvement", "no doubt", "no question", "not only",
            "not necessarily", "not certain", "not certain if", "not certain whether", "not clear", "not known",
            "not known if", "without difficulty", "without change", "without improvement", "not improve",
            "not improved", "not resolve", "not resolved", "gram negative", "gram - negative", "not drain",
            "no more than", "not cause", "not limited to", "not be limited to", "no cause of", "no cause for",
            "no reason for", "cannot exclude", "not excluded", "cannot be excluded", "can not be excluded",
            "not ruled out", "not been ruled out", "cannot be ruled out", "can not be ruled out", "no clear cause",
            "not sure if", "not sure", "not rule out", "to rule out", "not optimal", "not fully", "not completely",
            "not controlled", "not well controlled", "not tolerate", "not respond", "not responding", "no response",
            "without response", "no relief", "no one", "not surprisingly", "not unexpectedly", "no.", "not as", "not changed",
            "no known cause", "not extend", "not evaluated", "not well", "not otherwise", "without complication",
            "without complications", "no old", "do not know", "does not know", "did not know", "not know",
            "no small", "mother states", "mother reports", "mother says", "mother notes", "mother brought",
            "mother noticed", "mother noted", "mother denies", "father states", "father reports", "father says",
            "father noticed", "parents report", "parents state", "parents noticed", "wife states", "wife reports",
            "wife noticed", "husband states", "husband reports", "son reports", "daughter reports",
            "daughter states", "son states", "per mother", "per father", "per wife", "per husband", "per family",
            "family member", "family members", "family medicine", "family practice", "family physician",
            "family doctor", "his family", "her family", "likely to", "if possible", "as possible", "at risk",
            "possible to", "able to", "when possible", "most likely to", "history and physical",
            "history of present illness", "history obtained", "natural history", "social history", "history taking",
            "if any", "as if", "without treatment", "without intervention", "without medication", "without medications",
            "without therapy", "without surgery", "without help", "without assistance", "without warning", "without relief",
            "not able to", "not just", "not merely", "not simply", "not due to", "not because of",
            "not related to", "not secondary to", "not explained by", "not take", "not taken", "not healed",
            "not healing", "not heal", "not resolved with", "not relieved", "not relieved by", "not responsive to",
            "not worse", "not worsened", "not worsening", "not improving", "not better", "no worse", "no better",
            "no worsening", "no more", "no further improvement", "no significant improvement", "no interval improvement",
            "no appreciable change", "no acute change", "no wonder", "no matter", "no problem", "no problems with",
            "not yet", "not all", "not every", "not much", "not always", "not usually", "not typically", "not severe",
            "not visit", "not seek", "brought in by her mother", "brought in by his mother", "brought in by mother",
            "brought in by father", "brought in by son", "brought in by daughter", "brought in by parents",
            "by her mother", "by his mother", "by her father", "by his father", "by her son", "by his son",
            "by her daughter", "by his daughter", "by her sister", "by his sister", "by her brother", "by his brother",
            "by her parents", "by his parents", "by parents", "by mother", "by father", "by son", "by daughter",
            "by family", "by his family", "by her family", "with her mother", "with his mother", "with her father",
            "with his father", "with her son", "with his son", "with her daughter", "with his daughter",
            "with her sister", "with his sister", "with her brother", "with his brother", "with her parents",
            "with his parents", "with her children", "with his children", "with their children", "with parents",
            "with mother", "with father", "her mother states", "his mother states", "her daughter states",
            "her daughter reports", "his daughter reports", "her son reports", "his son reports", "her mother reports",
            "his mother reports", "daughter noticed", "son noticed", "according to mother",
            "according to her mother", "according to his mother", "according to her daughter", "according to his daughter",
            "according to her son", "according to his son", "according to daughter", "according to son", "per daughter",
            "per son", "per sister", "per brother", "per parents", "per her daughter", "per his daughter", "per her son",
            "per his son", "per her mother", "per his mother", "parents brought", "mother is concerned", "mother is worried", "mom is", "mom states", "mom reports", "mom says", "mom notes",
            "mom denies", "mom brought", "mom noticed", "dad states", "dad reports", "dad says", "dad noticed", "mother worried",
            "mother called", "daughter called", "son called", "parent reports", "mother at bedside", "father at bedside",
            "daughter at bedside", "son at bedside", "of her children", "of his children", "mother of", "father of",
            "caring for her mother", "caring for his mother", "death of her mother", "death of his mother",
            "death of her father", "death of his father", "death of her son", "death of his son", "pregnant mother",
            "should be", "should have", "should not",
        ],
    ),
    group(
        After(LowConfidence),
        Targets::CONDITION,
        14,
        0.9,
        &[
            "possible", "possibly", "probable", "probably", "likely", "most likely", "suspected", "suspect",
            "suspects", "suspicion of", "suspicion for", "suspicious for", "suspicious of", "suspicion that",
            "questionable", "question of", "presumed", "presumptive", "presumably", "concern for", "concerning for",
            "concerns for", "concerned about", "worrisome for", "may represent", "might represent",
            "could represent", "may be", "might be", "could be", "may have", "might have", "cannot exclude",
            "can not exclude", "not exclude", "cannot rule out", "can not rule out", "could not rule out",
            "not rule out", "to rule out", "rule out", "r/o", "ro", "suggestive of", "suggesting", "suggests",
            "suggest", "differential includes", "differential diagnosis includes", "ddx", "differential", "versus",
            "vs", "vs.", "seems to have", "appears to have", "perhaps", "evaluate for", "evaluation for",
            "work up for", "workup for", "assess for", "to exclude", "in order to exclude", "unlikely", "doubt",
            "potential", "apparent", "thought to be", "felt to be", "raises the possibility of", "possibility of",
            "?", "compatible with possible", "working diagnosis of", "likely secondary to", "likely due to", "likely related to",
            "likely from", "probably due to", "possibly due to", "probably secondary to", "possibly secondary to",
            "possibly related to", "probably related to", "appears to be", "seems to be", "presumably due to",
            "may reflect", "could reflect", "might reflect", "can represent", "raising concern for", "raises concern for",
            "raise concern for", "equivocal for", "difficult to exclude",
        ],
    ),
    group(
        Before(LowConfidence),
        Targets::CONDITION,
        6,
        0.85,
        &[
            "is possible", "was possible", "is suspected", "was suspected", "were suspected", "is likely",
            "was considered", "were considered", "is considered", "cannot be excluded", "can not be excluded",
            "could not be excluded", "not excluded", "is not excluded", "cannot be ruled out",
            "can not be ruled out", "not ruled out", "is questionable", "versus", "vs", "vs.", "is probable", "is a possibility", "remains a possibility", "remains possible",
            "are possible", "are suspected", "are likely", "not entirely excluded", "is in the differential",
            "suspected", "?", "was presumed", "is unlikely", "unlikely",
        ],
    ),
    group(
        After(Hypothetical),
        Targets::CONDITION,
        FAR,
        0.92,
        &[
            "if", "should he", "should she", "should they", "should you", "should the patient", "return for",
            "return if", "return to the emergency department for", "return to the er for", "seek care for",
            "seek medical attention for", "seek medical care for", "call for", "call if", "come back for",
            "come back if", "watch for", "monitor for", "as needed for", "prn for", "p.r.n. for", "prn",
            "in case of", "in the event of", "unless", "when there is", "whenever", "risk of", "risk for",
            "risks of", "at risk for", "at risk of", "risks include", "to prevent", "prevention of",
            "prophylaxis for", "prophylaxis against", "precautions for", "screening for", "screen for",
            "look out for", "to avoid", "notify us of", "for any", "side effects include", "may cause", "can cause",
            "could cause", "might cause", "may experience", "might experience", "can experience", "may develop", "might develop",
            "could develop", "can develop", "may feel", "may notice", "as needed if",
            "call with", "call for any", "return with", "return to er if", "return to ed if", "return to the ed for",
            "return to ed for", "return to er for", "come back to the hospital for", "report any", "go to the er for",
            "go to the ed for", "warning signs of", "educated about", "counseled on",
            "counseled about", "to look for", "in the event that", "prone to", "predisposed to", "prevent", "preventing",
            "reduce the risk of", "vaccination against", "vaccine against", "vaccinated against", "immunized against", "vaccine for", "may result in", "could result in", "may lead to", "could lead to", "can lead to",
            "possibility of developing", "potential for", "high risk for", "high risk of", "increased risk of",
            "increased risk for", "low risk for", "low risk of", "screened for", "test for", "tested for", "testing for",
        ],
    ),
    group(After(Negation), Targets::CONDITION, 0, 0.9, &["ruled out"]),
    group(After(Hypothetical), Targets::CONDITION, 3, 0.85, &["should"]),
    group(
        Before(Hypothetical),
        Targets::CONDITION,
        0,
        0.85,
        &["prevention", "prophylaxis", "precautions", "screening", "screen", "risk", "vaccine", "vaccination"],
    ),
    group(
        After(Hypothetical),
        Targets::ACTION,
        16,
        0.88,
        &[
            "consider", "considering", "considered", "would benefit from", "could benefit from", "may benefit from",
            "might benefit from", "could try", "can try", "may try", "may need", "might need", "may require",
            "might require", "if", "candidate for", "discussed", "option of", "options include", "recommend",
            "recommended", "may consider", "should consider", "would consider", "possible", "potential",
            "if needed", "eligible for", "evaluated for", "evaluation for",
        ],
    ),
    group(
        After(Future),
        Targets::ACTION,
        16,
        0.9,
        &[
            "will", "will undergo", "will have", "will get", "will check", "will obtain", "will start",
            "will begin", "will be started on", "will order", "will need", "will receive", "will be scheduled for",
            "to undergo", "to have", "to get", "to start", "to begin", "plan for", "plan", "plans for", "planned",
            "planning", "plan:", "scheduled for", "schedule", "scheduled", "awaiting", "ordered", "order", "obtain",
            "repeat", "is to have", "is to undergo", "going to have", "going for", "upcoming", "pending", "arrange",
            "arranged for", "needs", "follow up with", "follow-up with", "recheck", "set up for", "awaits", "check",
        ],
    ),
    group(
        Before(Future),
        Targets::ACTION,
        8,
        0.85,
        &[
            "is planned", "are planned", "was planned", "is scheduled", "are scheduled", "was scheduled",
            "is pending", "next week", "next month", "tomorrow", "in the morning", "will be performed",
            "will be done", "will be started", "will be obtained", "to be scheduled", "has been scheduled",
        ],
    ),
    group(
        After(PastHistory),
        Targets::BUT_CONDITIONS,
        12,
        0.9,
        &[
            "history of", "hx of", "h/o", "status post", "s/p", "sp", "previous", "previously", "prior", "past",
            "previously on", "previously took", "previously received", "underwent", "had undergone",
            "has undergone", "completed", "completed a course of", "finished", "failed", "past trial of",
            "used to take", "used to", "was on", "had a", "has had a", "had been on", "had received", "former",
            "formerly", "ex", "quit", "stopped", "remote", "surgical history", "past surgical history",
            "past medical history", "psh", "pmh", "previous history of", "personal history of", "after",
        ],
    ),
    group(
        Before(PastHistory),
        Targets::BUT_CONDITIONS,
        6,
        0.85,
        &[
            "in the past", "years ago", "months ago", "weeks ago", "year ago", "month ago", "as a child",
            "in childhood", "last year",
        ],
    ),
    group(
        After(PertainsToFamily),
        Targets::OF_RELATIVES,
        FAR,
        0.95,
        &[
            "family history", "family history of", "family hx", "fhx", "fh", "fam hx", "familial history", "mother",
            "father", "mom", "dad", "brother", "brothers", "sister", "sisters", "sibling", "siblings", "uncle",
            "uncles", "aunt", "aunts", "grandmother", "grandfather", "grandparent", "grandparents", "cousin",
            "cousins", "maternal", "paternal", "parent", "parents", "son", "daughter", "nephew", "niece",
            "half-brother", "half-sister", "relative", "relatives", "first-degree relative",
            "first degree relative", "children", "mother's", "father's",
        ],
    ),
    group(
        Before(PertainsToFamily),
        Targets::OF_RELATIVES,
        8,
        0.93,
        &[
            "in mother", "in father", "in her mother", "in his mother", "in her father", "in his father",
            "in the mother", "in the father", "in brother", "in sister", "in his brother", "in her brother",
            "in his sister", "in her sister", "in uncle", "in aunt", "in an uncle", "in an aunt", "in grandmother",
            "in grandfather", "in his family", "in her family", "in the family", "in siblings", "in a sister",
            "in a brother", "in a cousin", "in cousin", "in maternal", "in paternal", "in both parents",
            "in parents", "in son", "in daughter", "runs in",
        ],
    ),
    group(
        Ends,
        Targets::ANY,
        0,
        0.0,
        &[
            "but", "however", "although", "though", "except", "except for", "aside from", "apart from",
            "other than", "yet", "still", "nevertheless", "nonetheless", "which", "who", "because", "because of",
            "since", "due to", "secondary to", "caused by", "attributed to", "as a cause of", "as the cause of",
            "as well as a", "presents with", "presented with", "presenting with", "complains of", "complained of",
            "complaining of", "reports", "reported", "admits", "admits to", "endorses", "positive for",
            "notable for", "significant for", "remarkable for", "with the exception of", "developed", "has been",
            "had been", "with", "has", "had", "was", "were", "is", "are", "then", "so", "for which", "until",
            "prior to", "while", "whereas", "patient", "she", "he", "they", "causing", "resulting in", "leading to",
            "showed", "shows", "revealed", "reveals", "demonstrated", "demonstrates", "found", "noted", ";",
            "therefore", "thus", "otherwise",
        ],
    ),
];
