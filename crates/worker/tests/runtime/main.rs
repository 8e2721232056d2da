//! The runtime between ports in memory: what goes in comes out once, in order, whatever happens.

mod bench;
mod endings;
mod engine;
mod fakes;
mod results;
mod trainings;
mod trouble;
