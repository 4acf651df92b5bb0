//! `tardy new`: a working example to begin with, made of the samples that are compiled and run by the tests.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::{Failure, print, registry};
use crate::scenario::sample;

/// What no crate can be called that depends on tardy, or that cargo makes a program of.
const TAKEN: [&str; 5] = ["tardy", "build", "deps", "examples", "incremental"];

/// The arguments of `tardy new`.
#[derive(Debug, Clone, Args)]
pub(super) struct NewArgs {
    /// What to call it: lower-case letters, digits, `-` and `_`, a letter first
    name: String,
    #[command(flatten)]
    form: Form,
}

/// What to write.
#[derive(Debug, Clone, Copy, Args)]
#[group(required = true, multiple = false)]
struct Form {
    /// A scenario file of synthetic steps, NAME.toml
    #[arg(long)]
    toml: bool,
    /// A crate with a workload of its own and its scenario, in the directory NAME
    #[arg(long)]
    rust: bool,
    /// A Python program of asyncio tasks, its test and its scenario, in the directory NAME
    #[arg(long)]
    python: bool,
}

/// Why there is no new example.
#[derive(Debug, thiserror::Error, miette::Diagnostic)]
pub(super) enum NewError {
    /// It cannot be called that.
    #[error("`{0}` cannot be its name")]
    #[diagnostic(help(
        "expected lower-case letters, digits, `-` and `_`, a letter first, and neither a workload of tardy's own such as \
         `synthetic` nor a word of cargo's such as `build`"
    ))]
    Name(String),
    /// There is something of that name.
    #[error("`{}` exists", .0.display())]
    #[diagnostic(help("give the new one another name; nothing was changed"))]
    Exists(PathBuf),
    /// It cannot be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl NewError {
    fn of(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::AlreadyExists => Self::Exists(path),
            _ => Self::Write { path, source },
        }
    }
}

/// Writes the example and says how to run it.
pub(super) fn new(args: &NewArgs) -> Result<(), Failure> {
    let name = &args.name;
    if !is_name(name) || registry([])?.has(name) {
        return Err(NewError::Name(name.clone()).into());
    }
    if args.form.toml {
        let file = format!("{name}.toml");
        write(Path::new(&file), &sample("toml/service.toml").replace("service", name))?;
        return print(&format!("{file} is a scenario with gates: it is its own test\n\n  tardy run {file}\n"));
    }
    let (files, told) = if args.form.rust { rust(name) } else { python(name) };
    let directory = Path::new(name);
    fs::create_dir(directory).map_err(|source| NewError::of(directory, source))?;
    for (file, text) in files {
        write(&directory.join(file), &text)?;
    }
    print(&told)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
        && !TAKEN.contains(&name)
}

/// The files of a directory, by their path in it.
type Files = Vec<(PathBuf, String)>;

/// A crate with a workload of its own, and what to say of it.
fn rust(name: &str) -> (Files, String) {
    let quoted = format!("\"{name}\"");
    let named = |file| sample(file).replace("\"checkout\"", &quoted).replace("checkout.toml", &format!("{name}.toml"));
    let files = vec![
        ("Cargo.toml".into(), manifest(name)),
        // Without it tardy cannot say at which lines late tasks wait.
        (".cargo/config.toml".into(), "[build]\nrustflags = [\"--cfg\", \"tokio_unstable\"]\n".to_owned()),
        ("src/main.rs".into(), named("rust/src/main.rs")),
        (format!("{name}.toml").into(), named("rust/checkout.toml")),
    ];
    let told = format!(
        "{name}/src/main.rs is the workload, {name}/{name}.toml its scenario\n\n  cd {name}\n  cargo test\n  \
         cargo run --release -- run {name}.toml\n"
    );
    (files, told)
}

/// A program of asyncio tasks, and what to say of it.
fn python(name: &str) -> (Files, String) {
    let scenario = format!("{name}.toml");
    let mut files: Files = ["tardy_asyncio.py", "work.py", "test_work.py"]
        .map(|file| (file.into(), sample(&format!("asyncio/{file}")).replace("work.toml", &scenario)))
        .into();
    let named = sample("asyncio/work.toml").replace("name = \"work\"", &format!("name = \"{name}\""));
    files.push((scenario.into(), named));
    let told = format!(
        "{name}/work.py has the tasks, {name}/{name}.toml their scenario; Python 3.11 or later runs them\n\n  \
         cd {name}\n  python3 -m unittest\n  tardy run {name}.toml\n"
    );
    (files, told)
}

fn manifest(name: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\n\
         serde = {{ version = \"1\", features = [\"derive\"] }}\n{}\n\
         tokio = {{ version = \"1\", features = [\"sync\", \"time\"] }}\n\n\
         [profile.dev]\ndebug = \"line-tables-only\"\n\n[profile.release]\ndebug = \"line-tables-only\"\n",
        dependency(Path::new(env!("CARGO_MANIFEST_DIR")))
    )
}

/// The line for tardy itself: the checkout it was built in, while that is there, or else its version.
fn dependency(checkout: &Path) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let is_ours = fs::read_to_string(checkout.join("Cargo.toml")).is_ok_and(|text| text.contains("name = \"tardy\""));
    let of_registry = checkout.components().any(|part| part.as_os_str() == ".cargo");
    match checkout.to_str() {
        Some(path) if is_ours && !of_registry => {
            let value = toml::Value::from(path);
            format!("tardy = {{ path = {value} }} # or the released one: \"{version}\"")
        }
        _ => format!("tardy = \"{version}\""),
    }
}

/// Writes a file that is not there yet, and the directory it lies in.
fn write(path: &Path, text: &str) -> Result<(), NewError> {
    let parent = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = parent.and_then(|()| fs::File::create_new(path)).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|source| NewError::of(path, source))
}
