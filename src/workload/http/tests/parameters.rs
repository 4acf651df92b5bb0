//! What is wrong with parameters, and where.

use super::*;
use crate::scenario::ScenarioError;

const ONE: &str = "load = { mode = 'closed', concurrency = 1 }\nrun.tasks = 1";

/// What is complained about, each with the text it points at.
fn complaints(text: &str) -> Vec<(String, String)> {
    let errors = |text: &str| {
        let text = format!("name = \"test\"\n{ONE}\n[workload]\nkind = \"http\"\n{text}");
        let plan = Plan::new(Source::new("test.toml", text.clone()), &Overrides::default()).unwrap();
        let params = plan.workload.read::<Params>();
        let params = params.unwrap_or_else(|error| panic!("{error:?}"));
        let wrong = Http::new(params, &Setup::new(None, 1)).map(drop).unwrap_err();
        let at = |error: &ParamError| error.span.clone().map_or(String::new(), |span| text[span].to_owned());
        wrong.iter().map(|error| (error.message.clone(), at(error))).collect()
    };
    errors(text)
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_where() {
    let wrong = complaints(
        "url = 'http://localhost/{no}'\nmethod = 'GET IT'\nid = { from = 2, to = 1 }\ncsv = 'none.csv'\n\
         version = 3\nexpect = ['2xx', 'ok', 99]\nbody = 'a'\nbody_file = 'b'\nserver = { }\n\
         headers = { 'a b' = '', content-length = '3', x = \"a\\nb\", y = '{why}' }",
    );
    for (what, at) in [
        ("`{no}` stands for nothing; expected `task` or `child`", "{no}"),
        ("`GET IT` is no method; expected one such as \"GET\" or \"POST\"", "'GET IT'"),
        ("`from` 2 is above `to` 1", "{ from = 2, to = 1 }"),
        ("cannot read `none.csv`: No such file or directory (os error 2)", "'none.csv'"),
        ("`3` is no version; expected \"1.1\" or \"2\"", "3"),
        ("`ok` is no status; expected one such as 200, or a class such as \"2xx\"", "['2xx', 'ok', 99]"),
        ("`99` is no status; expected one such as 200, or a class such as \"2xx\"", "['2xx', 'ok', 99]"),
        ("there is a `body`, too; expected one of them", "'b'"),
        ("`server` is the workload's own, and there is a `url`", "{ }"),
        ("`a b` is no name of a header", "'a b'"),
        ("`content-length` follows from the body", "content-length"),
        ("`x` cannot have such a value", "\"a\\nb\""),
        ("`{why}` stands for nothing; expected `task` or `child`", "{why}"),
    ] {
        assert!(wrong.contains(&(what.to_owned(), at.to_owned())), "{what} at {at} in {wrong:#?}");
    }
    assert_eq!(wrong.len(), 13, "{wrong:#?}");
}

#[test]
fn a_url_has_one_origin_and_no_more_than_that() {
    let no_host = |text: &str| format!("`{text}` is no host; expected one such as \"localhost:8080\"");
    let host = "a host is the same for all tasks; expected no braces before the path".to_owned();
    for (url, why, at) in [
        ("http://api-{task}.example/", host.clone(), "{task}"),
        ("https://{id}", host, "{id}"),
        ("http://me:secret@host/", "a url with a user is not taken".to_owned(), "'http://me:secret@host/'"),
        ("http:///a", no_host(""), ""),
        ("http://host:99999/", no_host("host:99999"), "host:99999"),
        ("http://host:/", no_host("host:"), "host:"),
        ("http://:80?a", no_host(":80"), ":80"),
        ("http://a b/", no_host("a b"), "a b"),
        (
            "localhost:8080",
            "`localhost:8080` is no url; expected one such as \"http://localhost:8080/item/{task}\"".to_owned(),
            "'localhost:8080'",
        ),
    ] {
        assert_eq!(complaints(&format!("url = '{url}'")), [(why, at.to_owned())]);
    }
    for url in ["http://[::1]:8080", "http://localhost?a={task}", "http://127.0.0.1/#a"] {
        let plan = plan(&format!("workload.url = '{url}'\n{ONE}"));
        Registry::new().with(workload::<Http>("http")).prepare(&plan).unwrap();
    }
}

#[test]
fn its_own_server_is_told_what_it_can_do() {
    for (server, why) in [
        ("{ fail = 1.5 }", "`fail = 1.5` is no probability; expected 0 to 1"),
        ("{ delay = '2h' }", "`2h` is too long; expected at most 1h"),
        ("{ body = 100_000_000 }", "`body = 100000000` is too much; expected at most 67108864 bytes"),
    ] {
        assert_eq!(complaints(&format!("server = {server}"))[0].0, why);
    }
}

#[test]
fn a_csv_file_can_have_no_second_id_and_no_line_break_in_a_header() {
    let files = tempfile::tempdir().unwrap();
    let csv = files.path().join("ids.csv");
    std::fs::write(&csv, "id,text\n1,\"a\nb\"\n").unwrap();
    let csv = csv.display();
    let twice = complaints(&format!("csv = '{csv}'\nid = {{ from = 1, to = 2 }}"));
    assert_eq!(twice[0].0, format!("`{csv}` has a column `id`, and there is an `id`, too"));
    let header = complaints(&format!("csv = '{csv}'\nheaders = {{ x = '{{text}}' }}"));
    assert_eq!(header, [("`x` cannot have such a value".to_owned(), "'{text}'".to_owned())]);
}

#[test]
fn without_https_there_is_nothing_to_believe() {
    for url in ["url = 'http://localhost/'\n", ""] {
        let wrong = complaints(&format!("{url}insecure = true\nca = 'ca.pem'"));
        let about = |key| format!("`{key}` is about certificates, and the url is not `https://`");
        assert_eq!(wrong, [(about("ca"), "'ca.pem'".to_owned()), (about("insecure"), "true".to_owned())]);
    }
}

#[cfg(feature = "tls")]
#[test]
fn a_root_that_is_none_is_refused() {
    let files = tempfile::tempdir().unwrap();
    let pem = files.path().join("ca.pem");
    std::fs::write(&pem, "no certificate").unwrap();
    let wrong = complaints(&format!("url = 'https://localhost/'\nca = '{}'", pem.display()));
    assert_eq!(wrong[0].0, format!("`{}` has no certificate; expected a PEM file", pem.display()));
}

#[cfg(not(feature = "tls"))]
#[test]
fn without_tls_there_is_no_https() {
    let wrong = complaints("url = 'https://localhost/'");
    assert_eq!(wrong[0].0, "this tardy is built without TLS, and cannot speak https");
}

#[test]
fn an_unknown_key_is_refused() {
    let plan = plan(&format!("workload.uri = 'http://localhost/'\n{ONE}"));
    match Registry::new().with(workload::<Http>("http")).prepare(&plan) {
        Err(ScenarioError::Invalid(invalid)) => assert_eq!(invalid.complaints[0].to_string(), "unknown key `uri`"),
        other => panic!("{other:?}"),
    }
}
