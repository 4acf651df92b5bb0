//! From the table as it is written to a client and its requests, or everything that is wrong with it.
//!
//! Owns the rules about parameters, and the names of the figures. It must not know how a request is sent.

mod origin;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use bytes::Bytes;
use hyper::Method;
use hyper::header::{ACCEPT, CONTENT_LENGTH, HOST, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING, USER_AGENT};
use hyper::http::uri::Authority;
use rand::distr::Uniform;
use toml::Spanned;

use self::origin::Origin;
use super::data::{Data, Table};
use super::dial::Dialer;
use super::params::{Params, ServerParams, Version, Words};
use super::request::{Expect, Pattern, Target, uri};
use super::server::Answers;
use super::template::{Template, Unknown};
use super::{Client, http1, http2};
use crate::document::one_of;
use crate::scenario::{ParamError, Setup};
use crate::workload::synthetic::{Check, Latency};

/// The largest response of the workload's own server, in bytes.
const LARGEST_BODY: u32 = 64 << 20;

/// What the parameters come to.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) pattern: Pattern,
    pub(super) expect: Expect,
    pub(super) client: Client,
    /// What the workload's own server answers, where there is no other.
    pub(super) answers: Option<Answers>,
}

/// What `params` describe.
///
/// # Errors
/// Everything that is wrong with them.
pub(super) fn params(params: &Params, setup: &Setup) -> Result<Checked, Vec<ParamError>> {
    let mut check = Check::new(setup);
    let data = data(&mut check, params);
    let version = version(&mut check, params.version.as_ref());
    let origin = origin::origin(&mut check, params, version);
    let (target_text, target_at) = match (&params.url, &origin) {
        (Some(url), Some(origin)) => (origin.target.clone(), origin.target_at.clone().unwrap_or(url.span())),
        _ => ("/{task}".to_owned(), 0..0),
    };
    let target = template(&mut check, &data, &target_text, &target_at);
    let body = body(&mut check, &data, params);
    let method = method(&mut check, params.method.as_ref());
    // With HTTP/2 it is a part of the target.
    let host = origin.as_ref().filter(|_| version == Version::Http1).map(|origin| &origin.authority);
    let (headers, varying) = headers(&mut check, &data, &params.headers, host);
    let expect = expect(&mut check, params.expect.as_ref());
    let answers = match (&params.url, &params.server) {
        (None, server) => answers(&mut check, server.as_ref().map(Spanned::get_ref), version),
        (Some(_), None) => None,
        (Some(_), Some(server)) => {
            let message = "`server` is the workload's own, and there is a `url`";
            check.errors.push(ParamError::at(server.span(), message).with_help("leave one of them out"));
            None
        }
    };
    let (Some(origin), Some(target), Some(body), true) = (origin, target, body, check.errors.is_empty()) else {
        return Err(check.errors);
    };
    let Origin { scheme, authority, dialer, .. } = origin;
    let absolute = (version == Version::Http2).then_some((scheme, authority));
    let target = match target {
        Template::Fixed(text) => match uri(absolute.as_ref(), &text) {
            Ok(uri) => Target::Fixed(uri),
            Err(error) => return Err(vec![ParamError::at(target_at, format!("`{target_text}` is no path: {error}"))]),
        },
        varying @ Template::Varying(_) => Target::Varying(varying),
    };
    let pattern = Pattern { method, origin: absolute, target, headers, varying, body, data };
    Ok(Checked { pattern, expect, client: client(dialer, version, params.pool, setup), answers })
}

fn client(dialer: Dialer, version: Version, pool: usize, setup: &Setup) -> Client {
    match version {
        Version::Http1 => {
            let reused = setup.counter("connections reused");
            let cancelled = setup.counter("connections lost to cancellation");
            Client::Http1(http1::Client::new(dialer, pool, reused, cancelled))
        }
        Version::Http2 => Client::Http2(http2::Client::new(dialer, setup.counter("streams reset by cancellation"))),
    }
}

fn version(check: &mut Check<'_>, version: Option<&Spanned<Words>>) -> Version {
    let Some(version) = version else { return Version::Http1 };
    match version.get_ref().0.join(" ").as_str() {
        "1.1" => return Version::Http1,
        "2" => return Version::Http2,
        other => check.wrong::<()>(version.span(), format!("`{other}` is no version; expected \"1.1\" or \"2\"")),
    };
    Version::Http1
}

/// What the names in templates stand for.
fn data(check: &mut Check<'_>, params: &Params) -> Data {
    let mut data = Data::default();
    if let Some(id) = &params.id {
        let range = id.get_ref();
        data.id = Uniform::new_inclusive(range.from, range.to).ok();
        if data.id.is_none() {
            check.wrong::<()>(id.span(), format!("`from` {} is above `to` {}", range.from, range.to));
        }
    }
    if let Some(file) = &params.csv {
        let name = file.get_ref();
        let table = check.setup.read(name).map_err(|error| format!("cannot read `{name}`: {error}"));
        match table.and_then(|bytes| Table::parse(&bytes).map_err(|error| format!("`{name}` {error}"))) {
            Ok(table) if data.id.is_some() && table.has("id") => {
                let message = format!("`{name}` has a column `id`, and there is an `id`, too");
                check.errors.push(ParamError::at(file.span(), message));
            }
            Ok(table) => data.table = table,
            Err(message) => check.errors.push(ParamError::at(file.span(), message)),
        }
    }
    data
}

/// A text with names in braces, which stands at `at` in the file.
fn template(check: &mut Check<'_>, data: &Data, text: &str, at: &Range<usize>) -> Option<Template> {
    let complain = |Unknown { name, at: within }: Unknown| {
        // It is known where it stands if there are but quotes round the text, and nothing is escaped.
        let at = match at.len().checked_sub(text.len()) {
            Some(quotes @ (0 | 2)) => at.start + quotes / 2 + within.start..at.start + quotes / 2 + within.end,
            _ => at.clone(),
        };
        let known: Vec<&str> = data.names().collect();
        ParamError::at(at, format!("`{{{name}}}` stands for nothing; expected {}", one_of(&known))).with_help(
            "`id` and the columns of a `csv` are others; a blank after the brace keeps the braces as they are",
        )
    };
    match Template::parse(text, |name| data.name(name)) {
        Ok(template) => Some(template),
        Err(unknown) => {
            check.errors.extend(unknown.into_iter().map(complain));
            None
        }
    }
}

fn body(check: &mut Check<'_>, data: &Data, params: &Params) -> Option<Template> {
    match (&params.body, &params.body_file) {
        (None, None) => Some(Template::Fixed(Bytes::new())),
        (Some(body), None) => template(check, data, body.get_ref(), &body.span()),
        (Some(_), Some(file)) => check.wrong(file.span(), "there is a `body`, too; expected one of them"),
        (None, Some(file)) => match check.setup.read(file.get_ref()).map(String::from_utf8) {
            Err(error) => check.wrong(file.span(), format!("cannot read `{}`: {error}", file.get_ref())),
            // What is no text has no names.
            Ok(Err(bytes)) => Some(Template::Fixed(bytes.into_bytes().into())),
            Ok(Ok(text)) => template(check, data, &text, &file.span()),
        },
    }
}

fn method(check: &mut Check<'_>, method: Option<&Spanned<String>>) -> Method {
    let Some(method) = method else { return Method::GET };
    match Method::from_bytes(method.get_ref().as_bytes()) {
        Ok(known) if known != Method::CONNECT => return known,
        _ => {}
    }
    let message = format!("`{}` is no method; expected one such as \"GET\" or \"POST\"", method.get_ref());
    check.wrong::<()>(method.span(), message);
    Method::GET
}

/// The headers that are the same for all requests, and the others.
fn headers(
    check: &mut Check<'_>,
    data: &Data,
    given: &BTreeMap<Spanned<String>, Spanned<String>>,
    host: Option<&Authority>,
) -> (HeaderMap, Vec<(HeaderName, Template)>) {
    let (mut headers, mut varying) = (HeaderMap::new(), Vec::new());
    for (name, value) in given {
        let header = match HeaderName::from_bytes(name.get_ref().as_bytes()) {
            Ok(CONTENT_LENGTH | TRANSFER_ENCODING) => {
                check.wrong::<()>(name.span(), format!("`{}` follows from the body", name.get_ref()));
                continue;
            }
            Ok(header) => header,
            Err(_) => {
                check.wrong::<()>(name.span(), format!("`{}` is no name of a header", name.get_ref()));
                continue;
            }
        };
        let Some(template) = template(check, data, value.get_ref(), &value.span()) else { continue };
        let columns = template.columns().flat_map(|column| data.table.column(column));
        if columns.chain([value.get_ref().as_str()]).any(|text| HeaderValue::from_str(text).is_err()) {
            check.wrong::<()>(value.span(), format!("`{}` cannot have such a value", name.get_ref()));
            continue;
        }
        match template {
            Template::Fixed(text) => {
                let value = HeaderValue::from_maybe_shared(text).expect("looked at above");
                headers.append(header, value);
            }
            Template::Varying(_) => varying.push((header, template)),
        }
    }
    let host = host.and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    let agent = HeaderValue::from_static(concat!("tardy/", env!("CARGO_PKG_VERSION")));
    for (name, value) in [(HOST, host), (USER_AGENT, Some(agent)), (ACCEPT, Some(HeaderValue::from_static("*/*")))] {
        if !varying.iter().any(|(given, _)| *given == name)
            && let Some(value) = value
        {
            headers.entry(name).or_insert(value);
        }
    }
    (headers, varying)
}

fn expect(check: &mut Check<'_>, words: Option<&Spanned<Words>>) -> Expect {
    let mut statuses = BTreeSet::new();
    let Some(words) = words else { return Expect((200..300).collect()) };
    for word in &words.get_ref().0 {
        match (word.strip_suffix("xx").and_then(|class| class.parse::<u16>().ok()), word.parse::<u16>()) {
            (Some(class @ 1..=5), _) => statuses.extend(class * 100..(class + 1) * 100),
            (_, Ok(status @ 100..=999)) => _ = statuses.insert(status),
            _ => {
                let message = format!("`{word}` is no status; expected one such as 200, or a class such as \"2xx\"");
                check.errors.push(ParamError::at(words.span(), message));
            }
        }
    }
    if words.get_ref().0.is_empty() {
        check.wrong::<()>(words.span(), "`expect` is empty: no task could be done; expected statuses such as \"2xx\"");
    }
    Expect(statuses)
}

fn answers(check: &mut Check<'_>, server: Option<&ServerParams>, version: Version) -> Option<Answers> {
    let nothing = ServerParams::default();
    let server = server.unwrap_or(&nothing);
    let delay = server.delay.as_ref().map_or(Some(Latency::NONE), |delay| check.latency(delay));
    let fail = check.odds("fail", server.fail.as_ref());
    let length = server.body.as_ref().map_or(0, |body| *body.get_ref());
    if let Some(body) = server.body.as_ref().filter(|_| length > LARGEST_BODY) {
        return check
            .wrong(body.span(), format!("`body = {length}` is too much; expected at most {LARGEST_BODY} bytes"));
    }
    let body = vec![b'.'; usize::try_from(length).unwrap_or_default()].into();
    (check.errors.is_empty()).then_some(Answers { version, delay: delay?, fail, body, seed: check.setup.seed })
}
