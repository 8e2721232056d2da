//! What the lists say of words: names, places and occupations.
//!
//! The tagger meets a small part of all names and occupations in training. That a word is in a list of them tells it
//! what the word may be where the context leaves two readings.

use construe_recognizers::Gazetteer;

use crate::words::WordSet;

/// Last words of occupations, folded. From the occupations of dariusk/corpora (CC0) and joke2k/faker (MIT), without
/// what clinicians are and what is mostly something else, and with additions of this project.
#[rustfmt::skip]
pub(super) static OCCUPATIONS: WordSet = WordSet::new(&[
    "abstractor", "accordionist", "accountant", "acrobat", "actor", "actress", "actuary", "acupuncturist",
    "adjudicator", "adjuster", "administrator", "aide", "aircrewman", "almoner", "analyst", "anchorman",
    "animator", "announcer", "anthropologist", "apiarist", "appraiser", "apprentice", "arbitrator", "arborist",
    "archaeologist", "archeologist", "architect", "archivist", "armorer", "artisan", "artist", "assayer", "assembler",
    "assessor", "assistant", "associate", "astronaut", "astronomer", "athlete", "attendant", "attorney", "auctioneer",
    "audiologist", "auditor", "aviator", "babysitter", "bagger", "bailiff", "baker", "baler", "ballerina",
    "balloonist", "bandleader", "banker", "barback", "barber", "barista", "barmaid", "barman", "barrister",
    "bartender", "bassist", "batchmaker", "beautician", "beekeeper", "bellhop", "biller", "binman", "biochemist",
    "biologist", "biophysicist", "blacksmith", "blockmason", "boatbuilder", "boatman", "bodyguard", "boilermaker",
    "boilerman", "bondsman", "bookbinder", "bookie", "bookkeeper", "bookmaker", "bookseller", "bosun", "botanist",
    "bouncer", "brakeman", "brazer", "breadmaker", "breeder", "brewer", "bricklayer", "brickmason", "broker",
    "builder", "bureaucrat", "bursar", "busboy", "bushman", "butcher", "butler", "buyer", "cabinetmaker", "cameraman",
    "camerawoman", "canner", "captain", "caregiver", "carer", "caretaker", "carpenter", "cartographer", "cartoonist",
    "carver", "cashier", "caterer", "cellist", "ceramicist", "chairman", "chambermaid", "charwoman", "chauffeur",
    "cheesemaker", "chef", "chemist", "childminder", "chiropractor", "choirmaster", "choreographer", "cleaner",
    "clergyman", "clerk", "coach", "coachbuilder", "coalman", "coastguard", "cobbler", "coder", "columnist",
    "comedian", "commissioner", "composer", "comptroller", "concierge", "conciliator", "conductor", "confectioner",
    "conservator", "constable", "consultant", "contortionist", "contractor", "cook", "coordinator", "copilot",
    "copywriter", "coremaker", "correspondent", "cosmetologist", "cosmonaut", "councillor", "councilman",
    "councilwoman", "counselor", "courier", "couturier", "cowboy", "cowhand", "cowman", "crabber", "crewman",
    "crofter", "croupier", "cryptographer", "curator", "custodian", "cutter", "dairyman", "dancer", "dealer",
    "deckhand", "decorator", "deliveryman", "demonstrator", "dentist", "deputy", "designer", "detective", "developer",
    "dietician", "dietitian", "diplomat", "director", "dishwasher", "dispatcher", "displayer", "distiller",
    "distributor", "diver", "docker", "dockworker", "doorman", "doula", "drafter", "draftsman", "dramatist",
    "draughtsman", "draughtswoman", "drayman", "dressmaker", "driller", "driver", "drummer", "drywaller", "dyer",
    "ecologist", "economist", "editor", "educator", "electrician", "electroplater", "embalmer", "emcee", "emt",
    "engineer", "engraver", "entertainer", "entrepreneur", "epidemiologist", "estimator", "etcher", "ethnographer",
    "evangelist", "examiner", "executive", "expediter", "exterminator", "fabricator", "falconer", "faller", "farmer",
    "farmhand", "farmworker", "farrier", "ferryman", "fettler", "fiddler", "fieldworker", "filmmaker", "financier",
    "firefighter", "fireman", "firer", "firewoman", "fisherman", "fisherwoman", "fishmonger", "fitter", "flautist",
    "florist", "flutist", "footballer", "forager", "foreman", "forester", "fumigator", "furrier", "gaffer",
    "gamekeeper", "gaoler", "garbageman", "gardener", "gasfitter", "gatekeeper", "gauger", "gemologist", "genealogist",
    "geneticist", "geographer", "geologist", "geophysicist", "geoscientist", "ghillie", "gillie", "glaciologist",
    "glassblower", "glassmaker", "glazier", "goatherd", "goldsmith", "golfer", "governess", "grader", "grazier",
    "greengrocer", "greenkeeper", "grocer", "groundskeeper", "groundsman", "grower", "guard", "guide", "guitarist",
    "gunsmith", "haberdasher", "hairdresser", "hairstylist", "handler", "handyman", "hanger", "harbormaster",
    "harpist", "haulier", "headmaster", "headmistress", "headteacher", "helmsman", "helper", "herbalist", "herder",
    "historian", "homemaker", "horologist", "horseman", "horticulturist", "hostess", "hostler", "hotelier",
    "househusband", "housekeeper", "housepainter", "housewife", "hydrologist", "hygienist", "ichthyologist",
    "illusionist", "illustrator", "importer", "impresario", "innkeeper", "inspector", "installer", "instructor",
    "insulator", "interpreter", "interviewer", "investigator", "ironmonger", "ironworker", "jackaroo", "jailer",
    "janitor", "jeweler", "jeweller", "jillaroo", "jockey", "joiner", "journalist", "judge", "juggler", "knitter",
    "laborer", "labourer", "lacemaker", "lagger", "laminator", "landlady", "landlord", "landscaper", "laundress",
    "laundrywoman", "lawyer", "leader", "lecturer", "legislator", "lexicographer", "librarian", "lifeguard", "lineman",
    "linesman", "linguist", "lithographer", "loader", "lobbyist", "lobsterman", "locksmith", "loftsman", "logistician",
    "longshoreman", "lumberjack", "lutenist", "luthier", "machinist", "magistrate", "maid", "mailman", "maltster",
    "manager", "manicurist", "mariner", "marketer", "marshal", "mason", "masseur", "masseuse", "matador",
    "mathematician", "measurer", "mechanic", "mediator", "mender", "merchandiser", "merchant", "messenger",
    "metallurgist", "metalworker", "meteorologist", "microbiologist", "milkmaid", "milkman", "miller", "milliner",
    "millworker", "millwright", "miner", "minister", "missionary", "molder", "mortician", "mountaineer", "musician",
    "musicologist", "nanny", "naturalist", "navigator", "negotiator", "newscaster", "novelist", "nun", "nurse",
    "nurseryman", "nutritionist", "oceanographer", "offbearer", "officer", "oiler", "oilman", "ombudsman", "operative",
    "operator", "optician", "optometrist", "orchardist", "orderly", "organist", "ornithologist", "orthodontist",
    "orthotist", "owner", "oysterman", "packager", "packer", "painter", "paleontologist", "panelbeater", "paperboy",
    "paperhanger", "paralegal", "paramedic", "paraprofessional", "parson", "pastor", "patternmaker", "pawnbroker",
    "peddler", "pedicurist", "percussionist", "perfumer", "petrologist", "pharmacist", "phlebotomist",
    "photogrammetrist", "photographer", "physicist", "physiotherapist", "pianist", "picker", "pilot", "pipefitter",
    "pipelayer", "pitman", "planner", "plasterer", "playwright", "plumber", "poet", "policeman", "policewoman",
    "politician", "porter", "postie", "postman", "postmaster", "postmistress", "postwoman", "potter", "pourer",
    "preacher", "preparer", "pressman", "priest", "principal", "printer", "producer", "professor", "programmer",
    "projectionist", "promoter", "proofreader", "prosthetist", "prosthodontist", "provider", "psychologist",
    "publican", "publisher", "puppeteer", "purser", "quarryman", "rabbi", "radiographer", "railwayman", "rancher",
    "ranchhand", "ranger", "realtor", "receptionist", "recruiter", "referee", "registrar", "repairer", "repairman",
    "repairwoman", "reporter", "representative", "researcher", "restaurateur", "retailer", "rider", "rigger",
    "riveter", "roadie", "roofer", "roughneck", "roustabout", "saddler", "sailmaker", "sailor", "salesclerk",
    "salesman", "salesperson", "saleswoman", "sawyer", "scaffolder", "schoolmaster", "schoolmistress", "schoolteacher",
    "scientist", "screener", "screenwriter", "scullion", "sculptor", "seaman", "seamster", "seamstress", "searcher",
    "secretary", "sergeant", "server", "servicer", "setter", "shampooer", "sharpener", "shearer", "sheepshearer",
    "shepherd", "sheriff", "shipbuilder", "shipmate", "shipwright", "shoemaker", "shopkeeper", "showman", "signalman",
    "signwriter", "silversmith", "singer", "slaughterer", "slinger", "sociologist", "solderer", "soldier", "solicitor",
    "sonographer", "soprano", "sparky", "specialist", "sprayer", "stablehand", "statesman", "statistician",
    "steamfitter", "steelworker", "stenographer", "stevedore", "steward", "stewardess", "stockbroker", "stocker",
    "stockman", "stonecutter", "stonemason", "storekeeper", "storeman", "strategist", "student", "stuntman", "stylist",
    "superintendent", "supervisor", "surveyor", "swineherd", "tailor", "tailoress", "tanner", "taxidermist", "teacher",
    "teamster", "technician", "technologist", "telegrapher", "telemarketer", "telephonist", "teller", "tester",
    "therapist", "tilemaker", "tiler", "tinsmith", "toolmaker", "topographer", "trader", "tradie", "trainer",
    "trainman", "transcriptionist", "translator", "trapper", "trawlerman", "treasurer", "trombonist", "trucker",
    "truckie", "trumpeter", "tutor", "typesetter", "typist", "umpire", "undertaker", "underwriter", "upholsterer",
    "usher", "valet", "valuer", "vendor", "veteran", "veterinarian", "vicar", "vintner", "violinist", "violist",
    "viticulturist", "vocalist", "waiter", "waitress", "waitstaff", "warden", "watchmaker", "watchman", "weaver",
    "webmaster", "welder", "wheelwright", "wholesaler", "winemaker", "woodcarver", "woodcutter", "woodsman",
    "woodworker", "worker", "wrangler", "wrestler", "writer", "yardman", "yardmaster", "yeoman", "zookeeper",
    "zoologist",
]);

/// Words that say what is spoken of, and with it what a name behind them stands for.
#[rustfmt::skip]
static TOPICS: [WordSet; 6] = [
    // Work.
    WordSet::new(&[
        "boss", "business", "career", "colleague", "company", "coworker", "coworkers", "drives", "employed", "employee",
        "employer", "employment", "fired", "hired", "job", "jobs", "laid", "occupation", "owns", "payroll", "profession",
        "quit", "retired", "retiring", "runs", "shift", "shifts", "trade", "work", "worked", "worker", "working",
        "workplace", "works",
    ]),
    // Care and where it is given.
    WordSet::new(&[
        "admission", "admitted", "appointment", "appt", "bed", "biopsied", "biopsy", "bloods", "booked", "cabg", "care",
        "clinic", "colonoscopy", "ct", "delivered", "dialysis", "discharge", "discharged", "echo", "ed", "er",
        "evaluated", "facility", "films", "followed", "hospice", "hospital", "hospitalised", "hospitalized", "imaging",
        "implanted", "lab", "labs", "mammogram", "mri", "operated", "osh", "outside", "path", "pet", "pharmacy",
        "physio", "records", "referral", "referred", "rehab", "room", "sample", "scan", "scanned", "seen", "sent",
        "specimen", "stent", "study", "surgery", "tested", "transfer", "transferred", "transported", "treated",
        "ultrasound", "unit", "ward", "xr", "xray",
    ]),
    // Where people live and go.
    WordSet::new(&[
        "born", "deployed", "emigrated", "family", "fled", "flew", "flight", "flying", "from", "grew",
        "hometown", "immigrated", "live", "lived", "lives", "living", "moved", "moves", "moving", "native", "originally",
        "raised", "reside", "resident", "resides", "returned", "stationed", "stayed", "staying", "stays", "travel",
        "traveled", "traveling", "travelled", "travelling", "travels", "trip", "vacation", "visit", "visited",
        "visiting",
    ]),
    // Relatives and others around the patient.
    super::people::RELATIONS,
    // Who treats.
    WordSet::new(&[
        "attending", "consultant", "doctor", "dr", "drs", "fellow", "gp", "intern", "md", "midwife", "mr", "mrs", "ms",
        "np", "nurse", "pa", "pcp", "pharmacist", "physician", "prof", "professor", "provider", "registrar", "resident",
        "rn", "surgeon", "therapist",
    ]),
    // School.
    WordSet::new(&[
        "attend", "attended", "attends", "class", "college", "daycare", "enrolled", "goes", "grade",
        "grader", "graduated", "school", "student", "studied", "studies", "studying", "teacher", "university",
    ]),
];

/// What is known of the tokens of a text beside their words.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// What the recognizers say of each token, see [`super::Marks`].
    pub marks: &'a [u8],
    /// Names of people and places.
    pub gazetteer: &'a Gazetteer,
}

/// From so well known on a name is common: a share of one in 50,000 in the US.
const COMMON_NAME: u8 = 4;
/// From so common on a word is common, or rather common, in English: one in 10,000, one in 100,000.
const COMMON_WORD: [u8; 2] = [32, 24];

impl Known<'_> {
    /// Whether a word is known as a name and not as a common word.
    pub fn is_rather_name(&self, word: &str) -> bool {
        let entry = self.gazetteer.entry(word);
        entry.given.max(entry.surname) > 0 && entry.english < COMMON_WORD[0]
    }

    /// What a folded word speaks of: a number from 1 on, or 0.
    pub fn topic(&self, folded: &[u8]) -> u8 {
        // There are fewer than 255 topics.
        TOPICS
            .iter()
            .zip(1..)
            .find(|(words, _)| words.contains(folded))
            .map_or(0, |(_, topic)| topic)
    }

    /// What the lists say of a word, as it stands and folded: a number that is the same for words of the same sort and
    /// never zero.
    pub fn listed(&self, word: &str, folded: &[u8]) -> u64 {
        let entry = self.gazetteer.entry(word);
        let name = |known: u8| u64::from(known > 0) + u64::from(known >= COMMON_NAME);
        let english = match entry.english {
            0 => 0,
            known => 1 + COMMON_WORD.iter().filter(|&&common| known >= common).count() as u64,
        };
        let place = match self.gazetteer.place(folded) {
            None => 0,
            Some(place) => 1 + u64::from(place.is_city()),
        };
        let occupation = u64::from(OCCUPATIONS.contains(folded));
        1 + (name(entry.given) | name(entry.surname) << 2 | english << 4 | place << 6 | occupation << 8)
    }
}
