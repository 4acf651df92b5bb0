//! Requests to a real server, nginx, and that no socket outlives the run that opened it.

#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "tests look at real time from outside")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tardy::engine::{Registry, Run, workload};
use tardy::scenario::{Overrides, Plan, Source};
use tardy::workload::Http;

/// The configuration of a server that closes each connection after a hundred requests.
const NGINX: &str = r#"
daemon off;
master_process off;
pid {dir}/pid;
error_log {dir}/error.log;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    keepalive_requests 100;
    ssl_certificate {dir}/cert.pem;
    ssl_certificate_key {dir}/key.pem;
    server {
        listen 127.0.0.1:{http};
        listen 127.0.0.1:{h2c} http2;
        listen 127.0.0.1:{https} ssl http2;
        location /yes { return 200 "yes\n"; }
        location /no { return 503; }
    }
}
"#;

/// An nginx with a certificate of its own; killed when it is dropped.
struct Nginx {
    process: Child,
    dir: tempfile::TempDir,
    http: u16,
    h2c: u16,
    https: u16,
}

impl Nginx {
    /// Starts one; says so where there is none.
    fn start() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        // All at once, so that no two are the same.
        let listeners: Vec<TcpListener> = (0..3).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let ports: Vec<u16> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
        drop(listeners);
        let [http, h2c, https] = ports[..] else { unreachable!("three were bound") };
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        fs::write(dir.path().join("cert.pem"), own.cert.pem()).unwrap();
        fs::write(dir.path().join("key.pem"), own.signing_key.serialize_pem()).unwrap();
        let config = NGINX
            .replace("{dir}", dir.path().to_str().unwrap())
            .replace("{http}", &http.to_string())
            .replace("{h2c}", &h2c.to_string())
            .replace("{https}", &https.to_string());
        let file = dir.path().join("nginx.conf");
        fs::write(&file, config).unwrap();
        let program = ["/usr/sbin/nginx", "nginx"].into_iter().find_map(|nginx| {
            let mut command = Command::new(nginx);
            command.arg("-p").arg(dir.path()).arg("-c").arg(&file).stderr(Stdio::null());
            command.spawn().ok()
        });
        let Some(process) = program else {
            eprintln!("skipped: requests to a real server need an nginx on the path");
            return None;
        };
        let nginx = Self { process, dir, http, h2c, https };
        nginx.wait();
        Some(nginx)
    }

    fn wait(&self) {
        let begin = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.https)).is_err() {
            let log = fs::read_to_string(self.dir.path().join("error.log")).unwrap_or_default();
            assert!(begin.elapsed() < Duration::from_secs(10), "nginx does not listen: {log}");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn certificate(&self) -> String {
        self.dir.path().join("cert.pem").to_str().unwrap().to_owned()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// The summary of a thousand requests of twenty clients.
fn thousand(sets: &[String]) -> Value {
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    requests(&[&["--tasks", "1000", "--concurrency", "20"], &sets[..]].concat())
}

/// The summary of `tardy run http` with these arguments.
fn requests(args: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tardy"));
    command.args(["run", "http", "--json", "--quiet"]).args(args);
    let output = command.current_dir(Path::new("/")).stdin(Stdio::null()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(summary["balanced"], true);
    summary
}

fn counted(summary: &Value, name: &str) -> u64 {
    let figures = summary["workload"]["figures"].as_array().unwrap();
    let figure = figures.iter().find(|figure| figure["name"] == name).unwrap_or_else(|| panic!("{name}: {figures:?}"));
    figure["count"].as_u64().unwrap()
}

#[test]
fn nginx_answers_all_requests_of_every_version_with_tls_and_without() {
    let Some(nginx) = Nginx::start() else { return };
    let plain = |port: u16, path: &str| format!("workload.url=http://127.0.0.1:{port}/{path}");
    let secure = format!("workload.url=https://localhost:{}/yes?n={{task}}", nginx.https);
    let trust = format!("workload.ca={}", nginx.certificate());
    let (one, two) = ("workload.version=1.1".to_owned(), "workload.version=2".to_owned());
    for sets in [
        vec![plain(nginx.http, "yes"), one.clone()],
        vec![plain(nginx.h2c, "yes"), two.clone()],
        vec![secure.clone(), trust.clone(), one],
        vec![secure, trust, two],
    ] {
        if !cfg!(feature = "tls") && sets[0].contains("https") {
            continue;
        }
        let summary = thousand(&sets);
        let lane = &summary["lanes"][0];
        assert_eq!(lane["done"], 1000, "{sets:?}: {lane}");
        // Each takes a hundred requests, and is opened again by whoever is the first to need it.
        let opened = counted(&summary, "connections opened");
        assert!((10..=40).contains(&opened), "{sets:?}: {opened}");
    }
    let summary = thousand(&[plain(nginx.http, "no")]);
    assert_eq!(summary["lanes"][0]["failed"], 1000);
    if cfg!(feature = "tls") {
        let url = format!("workload.url=https://localhost:{}/yes", nginx.https);
        let believing = requests(&["--tasks", "10", "--insecure", "--set", &url]);
        assert_eq!(believing["lanes"][0]["done"], 10);
        assert!(believing["workload"]["remarks"][0].as_str().unwrap().contains("not verified"), "{believing}");
        let doubting = requests(&["--tasks", "10", "--set", &url]);
        assert_eq!(doubting["lanes"][0]["failed"], 10);
        assert_eq!(doubting["workload"]["remarks"], json!([]));
    }
}

/// How many sockets this process has.
fn sockets() -> usize {
    let files = fs::read_dir("/proc/self/fd").unwrap();
    files.filter(|file| fs::read_link(file.as_ref().unwrap().path()).is_ok_and(|at| at.starts_with("socket:["))).count()
}

#[test]
fn no_socket_outlives_its_run() {
    let before = sockets();
    for version in ["1.1", "2"] {
        for policy in ["observe", "cancel"] {
            // Some are done in time, some are late, and some do not end before the drain does.
            let text = format!(
                "name = 'leak'\nload = {{ mode = 'open', rate = '400/s' }}\n\
                 deadline = {{ after = '50ms', on_timeout = '{policy}' }}\n\
                 run = {{ tasks = 100, drain = '100ms', workers = 2 }}\n\
                 [workload]\nkind = 'http'\nversion = '{version}'\n[workload.server]\nbody = 10000\n\
                 delay = {{ dist = 'mix', of = [{{ weight = 1, sleep = '5ms' }}, {{ weight = 1, sleep = '1h' }}] }}"
            );
            let plan = Plan::new(Source::new("leak.toml", text), &Overrides::default()).unwrap();
            let workload = Registry::new().with(workload::<Http>("http")).prepare(&plan).unwrap();
            let report = Run::start(&plan, workload).unwrap().wait().unwrap();
            assert_eq!(report.snapshot.balanced, Some(true));
            let lane = &report.snapshot.lanes[0];
            assert!(lane.done() > 20 && lane.cancelled() + lane.unfinished() > 20);
        }
    }
    let begin = Instant::now();
    while sockets() > before {
        assert!(begin.elapsed() < Duration::from_secs(10), "{} of {before}", sockets());
        thread::sleep(Duration::from_millis(10));
    }
}
