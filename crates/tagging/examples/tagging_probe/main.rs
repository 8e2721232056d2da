//! A development tool: trains a model on annotated texts with nothing but the features of the text, and prints its
//! quality by source. See `driver` for the arguments.

mod driver;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    driver::run(&construe_tagging::NoKnowledge, |_, _, _| {})
}
