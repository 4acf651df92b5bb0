//! From a URL to an origin and a target.
//!
//! Owns the rules about URLs. It must not know what is requested.

use std::ops::Range;
use std::sync::OnceLock;

use hyper::http::uri::{Authority, Scheme};
use toml::Spanned;

use super::super::dial::{Dialer, Peer};
use super::super::params::{Params, Version};
use super::super::tls::Tls;
use crate::scenario::ParamError;
use crate::workload::synthetic::Check;

/// Where all requests go, and how they get there.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) scheme: Scheme,
    pub(super) authority: Authority,
    /// Path and query, not yet read as a template.
    pub(super) target: String,
    /// Where they stand in the file, where that is known.
    pub(super) target_at: Option<Range<usize>>,
    pub(super) dialer: Dialer,
}

/// The parts of a URL as they stand in it.
#[derive(Debug)]
struct Split<'a> {
    is_secure: bool,
    authority: &'a str,
    /// Where the authority begins.
    begin: usize,
}

/// The origin of a URL, or the workload's own server where there is none.
pub(super) fn origin(check: &mut Check<'_>, params: &Params, version: Version) -> Option<Origin> {
    let opened = check.setup.counter("connections opened");
    let Some(url) = &params.url else {
        without_tls(check, params);
        let dialer = Dialer { peer: Peer::Own(OnceLock::new()), tls: None, opened };
        let authority = Authority::from_static("localhost");
        return Some(Origin { scheme: Scheme::HTTP, authority, target: String::new(), target_at: None, dialer });
    };
    let split = split(check, url)?;
    let (authority, port) = authority(check, url, &split)?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
    let tls = if split.is_secure {
        Some(Tls::new(check, params, version, url, &host)?)
    } else {
        without_tls(check, params);
        None
    };
    let dialer = Dialer { peer: Peer::At { host, port }, tls, opened };
    let begin = split.begin + split.authority.len();
    let target = url.get_ref()[begin..].split('#').next().unwrap_or_default();
    let target_at = place(url, begin..begin + target.len());
    let (target, target_at) =
        if target.starts_with('/') { (target.to_owned(), target_at) } else { (format!("/{target}"), None) };
    let scheme = if split.is_secure { Scheme::HTTPS } else { Scheme::HTTP };
    Some(Origin { scheme, authority, target, target_at, dialer })
}

/// Complains of what would be believed of certificates where there are none.
fn without_tls(check: &mut Check<'_>, params: &Params) {
    let insecure = params.insecure.as_ref().filter(|insecure| *insecure.get_ref());
    let keys = [("ca", params.ca.as_ref().map(Spanned::span)), ("insecure", insecure.map(Spanned::span))];
    for (key, at) in keys {
        if let Some(at) = at {
            let error = ParamError::at(at, format!("`{key}` is about certificates, and the url is not `https://`"));
            check.errors.push(error.with_help("write the url with `https://`, or leave it out"));
        }
    }
}

fn split<'a>(check: &mut Check<'_>, url: &'a Spanned<String>) -> Option<Split<'a>> {
    let text = url.get_ref().as_str();
    let (is_secure, begin) = match (text.strip_prefix("http://"), text.strip_prefix("https://")) {
        (Some(_), _) => (false, "http://".len()),
        (_, Some(_)) => (true, "https://".len()),
        (None, None) => {
            let message = format!("`{text}` is no url; expected one such as \"http://localhost:8080/item/{{task}}\"");
            return check.wrong(url.span(), message);
        }
    };
    let rest = &text[begin..];
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    if let Some(brace) = authority.find('{') {
        let end = authority.find('}').map_or(authority.len(), |end| end + 1).max(brace + 1);
        let at = place(url, begin + brace..begin + end).unwrap_or(url.span());
        let error = ParamError::at(at, "a host is the same for all tasks; expected no braces before the path");
        check.errors.push(error);
        return None;
    }
    if authority.contains('@') {
        let error = ParamError::at(url.span(), "a url with a user is not taken");
        check.errors.push(error.with_help(r#"send it as a header: headers = { authorization = "Basic …" }"#));
        return None;
    }
    Some(Split { is_secure, authority, begin })
}

fn authority(check: &mut Check<'_>, url: &Spanned<String>, split: &Split<'_>) -> Option<(Authority, u16)> {
    let default = if split.is_secure { 443 } else { 80 };
    if let Ok(authority) = split.authority.parse::<Authority>() {
        let has_port = split.authority.rfind(':') > split.authority.rfind(']');
        let port = if has_port { authority.port_u16().filter(|&port| port > 0) } else { Some(default) };
        if let (false, Some(port)) = (authority.host().is_empty(), port) {
            return Some((authority, port));
        }
    }
    let at = place(url, split.begin..split.begin + split.authority.len()).unwrap_or(url.span());
    let message = format!("`{}` is no host; expected one such as \"localhost:8080\"", split.authority);
    check.wrong(at, message)
}

/// Where a part of a text stands in the file; unknown when something in it is escaped.
fn place(text: &Spanned<String>, part: Range<usize>) -> Option<Range<usize>> {
    let span = text.span();
    (span.len() == text.get_ref().len() + 2).then(|| span.start + 1 + part.start..span.start + 1 + part.end)
}
