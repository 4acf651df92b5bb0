//! The books under any sequence of events, against a simple reference, and under real threads.

mod merging;
mod model;
mod races;
mod sequences;
