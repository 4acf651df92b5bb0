//! What befell a request, in a few words that are the same for the same fault.
//!
//! Owns the words. It must not know what is done about it.

use std::error::Error;
use std::io;

/// An error of the system or of TLS.
pub(super) fn of_io(error: &io::Error) -> String {
    use io::ErrorKind as Kind;
    match error.kind() {
        kind @ (Kind::AddrNotAvailable
        | Kind::BrokenPipe
        | Kind::ConnectionAborted
        | Kind::ConnectionRefused
        | Kind::ConnectionReset
        | Kind::HostUnreachable
        | Kind::NetworkUnreachable
        | Kind::PermissionDenied
        | Kind::TimedOut) => kind.to_string(),
        Kind::UnexpectedEof => "closed before its end".to_owned(),
        _ => error.to_string(),
    }
}

/// An error of a connection: the words of its cause, where it has one.
pub(super) fn of_hyper(error: &hyper::Error) -> String {
    if error.is_incomplete_message() {
        return "closed before a response".to_owned();
    }
    for cause in causes(error) {
        let stream = cause.downcast_ref::<h2::Error>().and_then(h2::Error::get_io);
        if let Some(error) = cause.downcast_ref::<io::Error>().or(stream) {
            return of_io(error);
        }
        if cause.source().is_none() && !error.is_canceled() {
            return cause.to_string();
        }
    }
    if error.is_canceled() || error.is_closed() { "closed before a response".to_owned() } else { error.to_string() }
}

/// Whether it is one request of many on a connection that failed, and not the connection.
pub(super) fn is_reset(error: &hyper::Error) -> bool {
    of_h2(error).is_some_and(h2::Error::is_reset)
}

/// Whether the peer says that it has not looked at the request: it goes away, or takes no more.
pub(super) fn is_unprocessed(error: &hyper::Error) -> bool {
    of_h2(error).filter(|error| error.is_remote()).is_some_and(|error| {
        let reason = error.reason();
        error.is_go_away() && reason == Some(h2::Reason::NO_ERROR)
            || error.is_reset() && reason == Some(h2::Reason::REFUSED_STREAM)
    })
}

fn of_h2(error: &hyper::Error) -> Option<&h2::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

fn causes(error: &hyper::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |cause| (*cause).source())
}
