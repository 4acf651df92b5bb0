//! What there is without the feature `tls`: the complaint that there is none.

use std::future::Ready;

use tokio::net::TcpStream;
use toml::Spanned;

use super::params::{Params, Version};
use super::stream::Stream;
use crate::scenario::ParamError;
use crate::workload::synthetic::Check;

/// Never made.
#[derive(Debug)]
pub(super) enum Tls {}

impl Tls {
    pub(super) fn new(check: &mut Check<'_>, _: &Params, _: Version, url: &Spanned<String>, _: &str) -> Option<Self> {
        let error = ParamError::at(url.span(), "this tardy is built without TLS, and cannot speak https");
        check.errors.push(error.with_help("build it with the feature `tls`, which is on by default"));
        None
    }

    pub(super) fn secure(&self, _: TcpStream) -> Ready<Result<Stream, String>> {
        match *self {}
    }
}
