//! Words that are written with a full stop in the middle of a sentence.
//!
//! Only those that a name, a number or a capital follows: a full stop before a small letter ends no sentence anyway.
//! Words that end sentences as often ("etc.", "Inc.") are left out.

use crate::language::Language;

/// Whether `word`, in whatever case, is such an abbreviation.
pub(super) fn contains(language: Language, word: &str) -> bool {
    let mut lower = [0; 32];
    let mut length = 0;
    for c in word.chars().flat_map(char::to_lowercase) {
        let Some(room) = lower.get_mut(length..length + c.len_utf8()) else {
            // Longer than any of them.
            return false;
        };
        length += c.encode_utf8(room).len();
    }
    list(language).iter().any(|entry| entry.as_bytes() == &lower[..length])
}

const fn list(language: Language) -> &'static [&'static str] {
    match language {
        Language::En | Language::Ja | Language::Ko | Language::Zh | Language::ZhTw => &[
            "adm", "apr", "art", "assoc", "asst", "atty", "aug", "bros", "capt", "cf", "ch", "cmdr", "col", "cpl",
            "dec", "dept", "dr", "drs", "ed", "eds", "eq", "est", "feb", "fig", "figs", "fr", "gen", "gov", "hon",
            "insp", "jan", "jul", "jun", "lt", "maj", "mar", "messrs", "mr", "mrs", "ms", "msgr", "mt", "mx", "no",
            "nos", "nov", "oct", "op", "pp", "pres", "prof", "pvt", "ref", "rep", "rev", "sec", "sen", "sep", "sept",
            "sgt", "sr", "st", "supt", "univ", "viz", "vol", "vs",
        ],
        Language::Es => &[
            "admón", "art", "arts", "av", "avda", "bco", "cap", "cf", "cía", "cl", "col", "cta", "ctra", "d", "da",
            "dña", "doc", "dpto", "dr", "dra", "dras", "dres", "ed", "excmo", "excma", "fdo", "fig", "fr", "gral",
            "hno", "hnos", "ilmo", "ilma", "ing", "izq", "lic", "licda", "mons", "mr", "mrs", "ms", "núm", "pág",
            "págs", "pdte", "prof", "profa", "prov", "ref", "rvdo", "sgto", "sr", "sra", "sras", "sres", "srta", "sta",
            "sto", "tel", "tte", "ud", "uds", "vd", "vds", "vol",
        ],
        Language::Fr => &[
            "adj", "al", "apr", "art", "av", "bd", "boul", "cap", "capt", "cf", "ch", "chap", "cie", "col", "dr", "éd",
            "env", "ex", "fig", "gal", "gén", "mgr", "mlle", "mlles", "mm", "mme", "mmes", "no", "nos", "op", "p",
            "pp", "pr", "prof", "réf", "st", "ste", "tél", "vol",
        ],
        Language::De => &[
            "abb", "abs", "abschn", "allg", "anm", "apr", "art", "aufl", "aug", "az", "bd", "beschl", "bspw", "bzgl",
            "bzw", "ca", "dez", "dgl", "dipl", "dr", "ebd", "einschl", "entspr", "etc", "evtl", "exkl", "feb", "fr",
            "geb", "gegr", "gem", "gest", "ggf", "hbf", "hg", "hr", "hrn", "hrsg", "ing", "inkl", "insb", "jan", "jh",
            "kap", "lit", "lt", "mag", "max", "med", "min", "mio", "mrd", "nov", "nr", "okt", "phil", "prof", "rd",
            "rdnr", "rer", "rn", "rspr", "rz", "sen", "sep", "sept", "sog", "st", "std", "stellv", "str", "tel", "urt",
            "usw", "vgl", "verf", "vol", "vors", "zit", "zzgl",
        ],
        Language::It => &[
            "arch", "art", "artt", "avv", "ca", "cap", "cfr", "col", "dott", "dr", "dssa", "ed", "fig", "figg", "gen",
            "geom", "ing", "lett", "mons", "nn", "on", "op", "pag", "pagg", "prof", "proff", "rag", "rev", "sen",
            "sig", "sigg", "ss", "tel", "vol", "voll",
        ],
        Language::Pt => &[
            "adm", "adv", "al", "art", "arts", "av", "cap", "cel", "cf", "cia", "col", "des", "doc", "dr", "dra",
            "dras", "drs", "ed", "eng", "esp", "exa", "exmo", "exma", "fl", "fls", "fig", "gen", "ilmo", "inc", "jd",
            "ltda", "maj", "min", "mons", "núm", "obs", "org", "pág", "págs", "pe", "pgr", "proc", "prof", "profa",
            "prov", "rel", "rep", "res", "séc", "sr", "sra", "sras", "srs", "srta", "sta", "sto", "tel", "ten", "vol",
        ],
        Language::Ar => &["أ", "د", "م", "ص", "ج", "ه", "ق", "ت", "هـ"],
        Language::Hi => &[
            "डॉ",
            "डा",
            "डाॅ",
            "प्रो",
            "श्री",
            "मि",
            "मो",
            "मु",
            "पं",
            "स्व",
            "सं",
            "रु",
            "कु",
            "कि",
            "मी",
            "एम",
            "पी",
            "के",
            "आर",
            "एस",
            "जे",
            "सी",
            "वी",
            "बी",
            "डी",
            "जी",
            "एन",
            "एल",
            "टी",
            "ए",
            "यू",
            "एच",
            "ई",
        ],
    }
}
