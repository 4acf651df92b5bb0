//! The `[workload]` table of `process`, checked: the program and what it is told.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Number, Value};
use tokio::process::Command;
use toml::Spanned;

use super::message::{Hello, LONGEST_LINE, PROTOCOL, task};
use crate::document::DurationText;
use crate::scenario::{Directory, ParamError, Setup};
use crate::units::parse_duration;
use crate::workload::program::program_at;

/// How many copies there may be.
const MOST_COPIES: u32 = 256;
/// How long a program may take until it is ready, when the file does not say it.
const READY: &str = "10s";
/// What is added to `parameters` in a line, and more.
const ROUND_PARAMETERS: usize = 1 << 10;

/// The parameters of [`Process`](super::Process).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(description = "A program in any language runs the tasks, and tells of them line by line.")]
pub struct Params {
    /// The program and its arguments, started once, without a shell.
    #[schemars(with = "Vec<String>", length(min = 1))]
    command: Spanned<Vec<String>>,
    /// Where it runs; relative to the scenario file.
    #[schemars(with = "Option<String>")]
    dir: Option<Spanned<PathBuf>>,
    /// Variables beside those of tardy itself.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// How often it is started; a task goes to the one that has the fewest.
    #[schemars(with = "Option<u32>", range(min = 1, max = MOST_COPIES), extend("default" = 1))]
    copies: Option<Spanned<u32>>,
    /// How long it may take to begin.
    #[schemars(with = "Option<DurationText>", extend("default" = READY))]
    ready: Option<Spanned<String>>,
    /// The program's own: it gets them with every task.
    #[schemars(with = "Option<Map<String, Value>>")]
    parameters: Option<Spanned<toml::Table>>,
}

/// The program, and what every copy of it is told.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// What it is called in the file.
    pub(super) name: String,
    path: PathBuf,
    arguments: Vec<String>,
    dir: Option<Directory>,
    env: BTreeMap<String, String>,
    pub(super) copies: usize,
    /// How long it may take until it is ready.
    pub(super) ready: Duration,
    parameters: Value,
    /// The parameters as JSON, for every task.
    pub(super) parameters_json: String,
    scenario: String,
    seed: u64,
}

impl Program {
    /// # Errors
    /// Everything that is wrong with the parameters.
    pub(super) fn of(params: Params, setup: &Setup) -> Result<Self, Vec<ParamError>> {
        let mut errors = Vec::new();
        let mut sound = |checked: Result<(), ParamError>| errors.extend(checked.err());
        let (mut path, mut dir, mut ready, mut parameters) = Default::default();
        sound(program(&params.command, setup.base.as_deref()).map(|found| path = found));
        sound(directory(params.dir.as_ref(), setup).map(|found| dir = found));
        let copies = params.copies.as_ref().map_or(1, |copies| *copies.get_ref());
        sound(params.copies.as_ref().map_or(Ok(()), in_range));
        sound(patience(params.ready.as_ref()).map(|said| ready = said));
        sound(json(params.parameters.as_ref()).map(|read| parameters = read));
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut words = params.command.into_inner().into_iter();
        Ok(Self {
            name: words.next().unwrap_or_default(),
            path,
            arguments: words.collect(),
            dir,
            env: params.env,
            copies: copies as usize,
            ready,
            parameters_json: parameters.to_string(),
            parameters,
            scenario: setup.scenario.clone(),
            seed: setup.seed,
        })
    }

    /// The directory it runs in, when that is in the binary written below a new one, which is returned first.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn place(&self) -> io::Result<(Option<tempfile::TempDir>, Option<PathBuf>)> {
        match &self.dir {
            None => Ok((None, None)),
            Some(Directory::At(path)) => Ok((None, Some(path.clone()))),
            Some(Directory::Shipped(directory)) => {
                let scratch = tempfile::Builder::new().prefix("tardy-").tempdir()?;
                let path = directory.write_to(scratch.path())?;
                Ok((Some(scratch), Some(path)))
            }
        }
    }

    /// What starts a copy.
    pub(super) fn command(&self, dir: Option<&Path>) -> Command {
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .envs(&self.env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        if let Some(dir) = dir {
            command.current_dir(dir);
        }
        command
    }

    /// The first line that the copy with this number is told.
    pub(super) fn hello(&self, copy: usize) -> Vec<u8> {
        let (scenario, parameters) = (self.scenario.as_str(), &self.parameters);
        Hello { protocol: PROTOCOL, scenario, seed: self.seed, copy, copies: self.copies, parameters }.line()
    }
}

fn program(command: &Spanned<Vec<String>>, base: Option<&Path>) -> Result<PathBuf, ParamError> {
    match command.get_ref().first().filter(|program| !program.is_empty()) {
        None => Err(ParamError::at(command.span(), "`command` names no program")
            .with_help(r#"for example: command = ["python3", "work.py"]"#)),
        Some(program) => program_at(program, base).ok_or_else(|| {
            ParamError::at(command.span(), format!("there is no program `{program}`"))
                .with_help("expected a program on the PATH, or its path with a `/`")
        }),
    }
}

fn directory(dir: Option<&Spanned<PathBuf>>, setup: &Setup) -> Result<Option<Directory>, ParamError> {
    let Some(dir) = dir else { return Ok(None) };
    match setup.directory(dir.get_ref()) {
        None => Err(ParamError::at(dir.span(), format!("there is no directory `{}`", dir.get_ref().display()))),
        found => Ok(found),
    }
}

fn in_range(copies: &Spanned<u32>) -> Result<(), ParamError> {
    if (1..=MOST_COPIES).contains(copies.get_ref()) {
        return Ok(());
    }
    let message = format!("`copies` is {}, expected a whole number from 1 to {MOST_COPIES}", copies.get_ref());
    Err(ParamError::at(copies.span(), message))
}

fn patience(ready: Option<&Spanned<String>>) -> Result<Duration, ParamError> {
    let (text, span) = ready.map_or((READY, 0..0), |ready| (ready.get_ref().as_str(), ready.span()));
    match parse_duration(text) {
        Ok(Duration::ZERO) => Err(ParamError::at(span, "`ready` is zero, expected a duration above zero")),
        Ok(ready) => Ok(ready),
        Err(wrong) => Err(ParamError::at(span, wrong.to_string())),
    }
}

/// The parameters as JSON, which have to fit into a line.
fn json(parameters: Option<&Spanned<toml::Table>>) -> Result<Value, ParamError> {
    let Some(table) = parameters else { return Ok(Value::Object(Map::new())) };
    let wrong = |message| ParamError::at(table.span(), message);
    let value = object(table.get_ref()).ok_or_else(|| {
        wrong("`parameters` holds a number that JSON has not; expected neither `nan` nor `inf`".to_owned())
    })?;
    let length = task(u64::MAX, u32::MAX, &value.to_string()).len() + ROUND_PARAMETERS;
    if length > LONGEST_LINE {
        return Err(wrong("`parameters` is longer than a line of the protocol may be, 1 MiB".to_owned()));
    }
    Ok(value)
}

fn object(table: &toml::Table) -> Option<Value> {
    let entries = table.iter().map(|(key, value)| Some((key.clone(), value_of(value)?)));
    entries.collect::<Option<Map<_, _>>>().map(Value::Object)
}

fn value_of(value: &toml::Value) -> Option<Value> {
    Some(match value {
        toml::Value::String(text) => text.as_str().into(),
        toml::Value::Integer(number) => (*number).into(),
        toml::Value::Float(number) => Number::from_f64(*number)?.into(),
        toml::Value::Boolean(is_so) => (*is_so).into(),
        toml::Value::Datetime(date) => date.to_string().into(),
        toml::Value::Array(items) => Value::Array(items.iter().map(value_of).collect::<Option<_>>()?),
        toml::Value::Table(table) => object(table)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of the parameter `said`.
    fn read(said: toml::Value) -> Result<String, String> {
        let table = Spanned::new(0..0, toml::Table::from_iter([("it".to_owned(), said)]));
        json(Some(&table)).map(|json| json["it"].to_string()).map_err(|error| error.message)
    }

    #[test]
    fn parameters_are_the_json_that_looks_like_them() {
        let date = "1979-05-27T07:32:00Z".parse::<toml::value::Datetime>().unwrap();
        assert_eq!(read("two\nlines".into()).unwrap(), r#""two\nlines""#);
        assert_eq!(read(toml::Value::Datetime(date)).unwrap(), r#""1979-05-27T07:32:00Z""#);
        assert_eq!(read(vec![toml::Value::from(1), 0.5.into(), true.into()].into()).unwrap(), "[1,0.5,true]");
        assert!(read(f64::NAN.into()).unwrap_err().contains("a number that JSON has not"));
        assert_eq!(json(None).unwrap().to_string(), "{}");
    }

    #[test]
    fn parameters_have_to_fit_into_a_line_of_the_protocol() {
        // A line break is two characters of JSON.
        assert!(read("\n".repeat(LONGEST_LINE / 2 - 2 * ROUND_PARAMETERS).into()).is_ok());
        assert!(read("\n".repeat(LONGEST_LINE / 2).into()).unwrap_err().contains("longer than a line"));
    }
}
