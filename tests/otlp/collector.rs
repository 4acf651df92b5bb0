//! A collector in a few lines, that answers as it is told.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value;
use prost::Message as _;

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// This status, with these further lines in its head.
    Status(u16, &'static str),
    /// It is taken but for a part, for this reason.
    Part(&'static str),
    /// The connection is closed in the middle of the answer.
    Cut,
}

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) bytes: Vec<u8>,
}

impl Message {
    /// The sum over all labels.
    pub(crate) fn sum(&self, name: &str) -> i64 {
        let request = ExportMetricsServiceRequest::decode(&*self.bytes).unwrap();
        let metrics = &request.resource_metrics[0].scope_metrics[0].metrics;
        let Some(metric) = metrics.iter().find(|metric| metric.name == name) else { return 0 };
        let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?}") };
        let value = |value: &Option<Value>| if let Some(Value::AsInt(n)) = value { *n } else { panic!("{value:?}") };
        sum.data_points.iter().map(|point| value(&point.value)).sum()
    }
}

/// A collector on a thread of its own.
#[derive(Debug)]
pub(crate) struct Collector {
    at: SocketAddr,
    came: Arc<Mutex<Vec<Message>>>,
}

impl Collector {
    /// One that answers so, one request after the other, and takes everything afterwards.
    pub(crate) fn start(answers: Vec<Answer>) -> Self {
        Self::at("127.0.0.1:0".parse().unwrap(), answers)
    }

    pub(crate) fn at(at: SocketAddr, answers: Vec<Answer>) -> Self {
        let listener = TcpListener::bind(at).unwrap();
        let at = listener.local_addr().unwrap();
        let came = Arc::new(Mutex::new(Vec::new()));
        let keeps = Arc::clone(&came);
        thread::spawn(move || {
            let mut answers = answers.into_iter();
            while let Ok((mut peer, _)) = listener.accept() {
                // One request a connection is as good as many.
                let Some(bytes) = body(&mut peer) else { continue };
                keeps.lock().unwrap().push(Message { bytes });
                // Who is gone needs no answer.
                let _ = peer.write_all(&answered(answers.next().as_ref()));
            }
        });
        Self { at, came }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.at)
    }

    /// What came so far.
    pub(crate) fn messages(&self) -> Vec<Message> {
        self.came.lock().unwrap().clone()
    }
}

/// The body of a request for metrics.
fn body(peer: &mut TcpStream) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = [0; 4_096];
    loop {
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap().to_lowercase();
            assert!(head.starts_with("post /v1/metrics http/1.1") && head.contains("application/x-protobuf"), "{head}");
            let length = head.split("content-length: ").nth(1)?.lines().next()?.trim().parse::<usize>().ok()?;
            if bytes.len() >= end + 4 + length {
                return Some(bytes.split_off(end + 4));
            }
        }
        let read = peer.read(&mut chunk).ok().filter(|&read| read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
    }
}

fn answered(answer: Option<&Answer>) -> Vec<u8> {
    let whole = |status: u16, lines: &str, body: &[u8]| {
        let reason = if status == 400 { " Bad Request" } else { "" };
        let head =
            format!("HTTP/1.1 {status}{reason}\r\n{lines}connection: close\r\ncontent-length: {}\r\n\r\n", body.len());
        [head.as_bytes(), body].concat()
    };
    match answer {
        None => whole(200, "", b""),
        Some(Answer::Status(status, lines)) => whole(*status, lines, b"because"),
        Some(Answer::Part(why)) => {
            let partial = ExportMetricsPartialSuccess { rejected_data_points: 3, error_message: (*why).to_owned() };
            whole(200, "", &ExportMetricsServiceResponse { partial_success: Some(partial) }.encode_to_vec())
        }
        Some(Answer::Cut) => b"HTTP/1.1 200\r\ncontent-le".to_vec(),
    }
}
