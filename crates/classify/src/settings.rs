use crate::Mode;

/// How to train.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How many labels a document has.
    pub mode: Mode,
    /// Decides the order in which examples are learnt from, and which are held out.
    pub seed: u64,
    /// About how many bytes the examples may take in memory, weights not counted. Examples that need more are read twice
    /// and learnt from once, block by block.
    pub memory: usize,
    /// About how large the file of the model may be, in bytes. With many labels there is room for fewer features. Training
    /// takes up to twenty times as much memory as the model besides.
    pub model_size: usize,
}

impl Settings {
    /// The settings for a mode.
    pub fn new(mode: Mode) -> Settings {
        Settings {
            mode,
            seed: 1,
            memory: 512 << 20,
            model_size: 18_000_000,
        }
    }
}
