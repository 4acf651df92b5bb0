//! Every fault of a server under both policies: a failure of its own, or late and no more, and no connection left open.

use super::*;

const TEN: &str = "load = { mode = 'closed', concurrency = 5 }\nrun = { tasks = 10, drain = '20s', workers = 1 }\n";

/// Runs ten requests under both policies against servers that do `does`: all fail, with one of these messages.
#[track_caller]
fn assert_fails(does: fn(&mut TcpStream), expected: &[&str]) {
    let peer = Peer::start(20, move |mut peer| {
        does(&mut peer);
    });
    assert_url_fails(&peer.url, "", expected);
    peer.join();
}

#[track_caller]
fn assert_url_fails(url: &str, more: &str, expected: &[&str]) {
    for policy in ["observe", "cancel"] {
        let report = run(&format!(
            "workload.url = '{url}'\n{more}deadline = {{ after = '20s', on_timeout = '{policy}' }}\n{TEN}"
        ));
        let lane = &report.snapshot.lanes[0];
        assert_eq!(lane.failed(), 10, "{url}: {expected:?}");
        let said = messages(&report);
        assert!(said.keys().all(|message| expected.contains(&message.as_str())), "{said:?} for {expected:?}");
    }
}

#[test]
fn a_host_that_is_not_there_or_does_not_listen_fails_the_connecting() {
    assert_url_fails("http://no-such-host.invalid/", "", &["connect: no such host", "connect: Try again"]);
    // A port that was free a moment ago.
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for version in ["1.1", "2"] {
        let version = format!("workload.version = '{version}'\n");
        assert_url_fails(&format!("http://{nobody}/"), &version, &["connect: connection refused"]);
    }
}

#[test]
fn a_server_that_does_not_answer_as_it_should_fails_the_waiting() {
    assert_fails(
        |peer| {
            request(peer).unwrap();
            peer.shutdown(std::net::Shutdown::Write).unwrap();
            until_left(peer);
        },
        &["wait: closed before a response"],
    );
    assert_fails(
        |peer| {
            // Closed with bytes unread.
            let _ = peer.peek(&mut [0; 1]);
        },
        &["wait: connection reset", "send: connection reset"],
    );
    assert_fails(
        |peer| {
            request(peer).unwrap();
            peer.write_all(b"220 mail.example ESMTP\r\n\r\n").unwrap();
        },
        &["wait: invalid HTTP version parsed"],
    );
    assert_fails(
        |peer| {
            request(peer).unwrap();
            peer.write_all(b"HTTP/1.1 200 OK\r\n").unwrap();
            while peer.write_all(b"x-more: and more of it\r\n").is_ok() {}
        },
        &["wait: message head is too large"],
    );
}

#[test]
fn a_response_that_is_cut_short_fails_the_receiving() {
    assert_fails(
        |peer| {
            request(peer).unwrap();
            peer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").unwrap();
        },
        &["receive: closed before its end"],
    );
    assert_fails(
        |peer| {
            // Closed with all of the request unread, when the head of the response has long been seen.
            let _ = peer.peek(&mut [0; 1]);
            peer.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc").unwrap();
            thread::sleep(Duration::from_millis(100));
        },
        &["receive: connection reset"],
    );
}

#[test]
fn a_status_that_is_not_expected_is_told_and_its_connection_kept() {
    let fails = Peer::start(1, |mut peer| {
        while request(&mut peer).is_some() {
            peer.write_all(b"HTTP/1.1 500 Oh no\r\ncontent-length: 6\r\n\r\nsecret").unwrap();
        }
    });
    let report = run(&format!(
        "workload.url = '{}'\nload = {{ mode = 'closed', concurrency = 1 }}\nrun = {{ tasks = 10, workers = 1 }}",
        fails.url
    ));
    assert_eq!(messages(&report), BTreeMap::from([("status 500".to_owned(), 10)]));
    assert_eq!(counted(&report, "connections reused"), 9);
    fails.join();
}

#[test]
fn a_response_that_does_not_come_or_does_not_end_is_late_and_no_more_than_that() {
    fn drips(peer: &mut TcpStream) {
        request(peer).unwrap();
        let mut head = b"HTTP/1.1 200 OK\r\nx-slow: ".iter().chain(std::iter::repeat(&b'.'));
        while peer.write_all(&[*head.next().unwrap()]).is_ok() {
            thread::sleep(Duration::from_millis(5));
        }
    }
    fn pours(peer: &mut TcpStream) {
        request(peer).unwrap();
        peer.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        while peer.write_all(&[0; 4096]).is_ok() {}
    }
    fn keeps_silent(peer: &mut TcpStream) {
        until_left(peer);
    }
    for does in [drips, pours, keeps_silent] {
        // Its threads end as the last connection is closed: none is left open by a task that was dropped.
        let peer = Peer::start(20, move |mut peer| does(&mut peer));
        for policy in ["observe", "cancel"] {
            let report = run(&format!(
                "workload.url = '{}'\ndeadline = {{ after = '100ms', on_timeout = '{policy}' }}\n\
                 load = {{ mode = 'closed', concurrency = 10 }}\nrun = {{ tasks = 10, drain = '300ms', workers = 1 }}",
                peer.url
            ));
            let lane = &report.snapshot.lanes[0];
            let expected = if policy == "cancel" { (10, 0) } else { (0, 10) };
            assert_eq!((lane.cancelled(), lane.unfinished(), lane.timed_out()), (expected.0, expected.1, 10));
        }
        peer.join();
    }
}

#[cfg(feature = "tls")]
mod secure {
    use std::sync::Arc;

    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use rustls::{ServerConfig, ServerConnection, StreamOwned};

    use super::*;

    /// A server with a certificate that it has signed itself, and the file that has it. It answers one request.
    fn server(peers: usize) -> (Peer, tempfile::NamedTempFile) {
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let mut pem = tempfile::NamedTempFile::new().unwrap();
        pem.write_all(own.cert.pem().as_bytes()).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![own.cert.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let mut peer = Peer::start(peers, move |peer| {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), peer);
            // A client that does not believe it says so and leaves.
            if let Ok(1..) = stream.read(&mut [0; 1024]) {
                let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
        });
        peer.url = peer.url.replace("http://127.0.0.1", "https://localhost");
        (peer, pem)
    }

    #[test]
    fn only_a_certificate_that_a_root_has_signed_is_believed_unless_any_is() {
        let (peer, pem) = server(40);
        // It goes by the same name, and has another key.
        let (_, other) = server(0);
        let ca = |file: &tempfile::NamedTempFile| format!("workload.ca = '{}'\n", file.path().display());
        assert_url_fails(&peer.url, &ca(&other), &["tls: invalid peer certificate: BadSignature"]);
        for (trust, remarks) in [(ca(&pem), 0), ("workload.insecure = true\n".to_owned(), 1)] {
            let report = run(&format!("workload.url = '{}'\n{trust}{TEN}", peer.url));
            assert_eq!(report.snapshot.lanes[0].done(), 10, "{:?}", messages(&report));
            assert_eq!(report.snapshot.workload.remarks.len(), remarks);
        }
        peer.join();
    }

    #[test]
    fn a_server_that_speaks_no_tls_or_no_http_2_fails_the_handshake() {
        let plain = Peer::start(20, |mut peer| {
            let _ = peer.read(&mut [0; 1024]);
            let _ = peer.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            until_left(&mut peer);
        });
        let url = plain.url.replace("http://", "https://");
        assert_url_fails(&url, "workload.insecure = true\n", &["tls: the server does not speak TLS"]);
        plain.join();

        let (peer, _) = server(20);
        let older = "workload.insecure = true\nworkload.version = 2\n";
        assert_url_fails(&peer.url, older, &["tls: the server does not speak HTTP/2"]);
        peer.join();
    }
}
