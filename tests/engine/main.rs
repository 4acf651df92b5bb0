//! The engine from outside: plans and workloads in, reports out. Real time, so that only orders and
//! bounds which a loaded machine keeps are asserted.

mod control;
mod endings;
mod gathers;
mod hostile;
mod support;
