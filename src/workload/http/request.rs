//! The request of a task, made from what is the same for all and what is not.
//!
//! Owns how a target and a header are written. It must not know how a request is sent.

use std::collections::BTreeSet;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue};
use hyper::http::uri::{Authority, Parts, PathAndQuery, Scheme};
use hyper::{Method, Request, StatusCode, Uri};

use super::data::Data;
use super::template::Template;
use crate::scenario::{TaskContext, TaskError};

/// What every request is made from.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) method: Method,
    /// Where the target starts with the origin, as it does with HTTP/2.
    pub(super) origin: Option<(Scheme, Authority)>,
    pub(super) target: Target,
    /// Those that are the same for all.
    pub(super) headers: HeaderMap,
    pub(super) varying: Vec<(HeaderName, Template)>,
    pub(super) body: Template,
    pub(super) data: Data,
}

/// The path and the query.
#[derive(Debug)]
pub(super) enum Target {
    Fixed(Uri),
    Varying(Template),
}

/// The statuses of a task that is done.
#[derive(Debug)]
pub(super) struct Expect(pub(super) BTreeSet<u16>);

impl Pattern {
    /// The request of one task.
    ///
    /// # Errors
    /// Its values make no target or header.
    pub(super) fn request(&self, cx: &TaskContext) -> Result<Request<Full<Bytes>>, TaskError> {
        let values = self.data.values(cx);
        let body = self.body.fill(&values);
        let is_empty = body.is_empty();
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = match &self.target {
            Target::Fixed(uri) => uri.clone(),
            Target::Varying(template) => uri(self.origin.as_ref(), &template.fill(&values))?,
        };
        *request.headers_mut() = self.headers.clone();
        // Of an empty body nothing else tells, and some servers insist.
        if is_empty && [Method::POST, Method::PUT, Method::PATCH].contains(&self.method) {
            request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        for (name, template) in &self.varying {
            let value = HeaderValue::from_maybe_shared(template.fill(&values))?;
            request.headers_mut().append(name, value);
        }
        Ok(request)
    }
}

impl Expect {
    pub(super) fn has(&self, status: StatusCode) -> bool {
        self.0.contains(&status.as_u16())
    }
}

/// A target, after the origin where there is one. What may not stand in it is percent-encoded.
///
/// # Errors
/// It is longer than targets can be.
pub(super) fn uri(origin: Option<&(Scheme, Authority)>, target: &[u8]) -> Result<Uri, hyper::http::Error> {
    let mut parts = Parts::default();
    parts.path_and_query = Some(PathAndQuery::try_from(encoded(target))?);
    if let Some((scheme, authority)) = origin {
        parts.scheme = Some(scheme.clone());
        parts.authority = Some(authority.clone());
    }
    Ok(Uri::from_parts(parts)?)
}

/// The text with all that may stand in no target percent-encoded; what has a meaning there keeps it.
fn encoded(target: &[u8]) -> String {
    let mut text = String::with_capacity(target.len());
    for &byte in target {
        if byte.is_ascii_graphic() && !br##""#<>\^`{|}"##.contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push('%');
            text.extend([byte >> 4, byte & 15].map(|half| char::from(b"0123456789ABCDEF"[usize::from(half)])));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_stand_in_no_target_is_encoded_and_the_rest_is_left() {
        let target = uri(None, "/a b/ü?x=[1,%20]&y={\"#\"}".as_bytes()).unwrap();
        assert_eq!(target, "/a%20b/%C3%BC?x=[1,%20]&y=%7B%22%23%22%7D");
        let origin = (Scheme::HTTP, Authority::from_static("host:81"));
        assert_eq!(uri(Some(&origin), b"/a").unwrap(), "http://host:81/a");
    }
}
