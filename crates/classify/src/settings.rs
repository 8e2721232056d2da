use crate::Mode;

/// How to train.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many labels a document has.
    pub mode: Mode,
    /// Decides the order in which examples are learnt from, and which are held out.
    pub seed: u64,
    /// About how many bytes training may take, with examples, tables of features and weights. Where all examples do not
    /// fit beside these, they are read twice and learnt from once, block by block. Large models with many labels may take
    /// more: the counts and weights of a training are about twelve times as large as `model_size`.
    pub memory: usize,
    /// About how large the file of the model may be, in bytes. With many labels there is room for fewer features.
    pub model_size: usize,
}

impl Settings {
    /// The settings for a mode.
    pub fn new(mode: Mode) -> Settings {
        Settings {
            mode,
            seed: 1,
            memory: 448 << 20,
            model_size: 18_000_000,
        }
    }
}
