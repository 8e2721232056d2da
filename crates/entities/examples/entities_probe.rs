//! A development tool: trains a model with the engine's knowledge and prints its quality by source. The arguments are
//! those of the probe of the tagging crate.

#[path = "../../tagging/examples/tagging_probe/driver.rs"]
mod driver;

use construe_entities::EntityKnowledge;
use construe_text::Language;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let code = std::env::args().find_map(|argument| argument.strip_prefix("language=").map(str::to_owned));
    let language = Language::from_code(code.as_deref().unwrap_or("en")).ok_or("unknown language")?;
    driver::run(&EntityKnowledge::load(language)?, |_, _, _| {})
}
