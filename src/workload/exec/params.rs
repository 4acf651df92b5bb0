//! The `[workload]` table of `exec`, and the command one task starts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use schemars::JsonSchema;
use serde::Deserialize;
use tokio::process;
use toml::Spanned;

use crate::scenario::{ParamError, Setup, TaskContext};
use crate::workload::program::program_at;

/// The parameters of [`Exec`](super::Exec).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(description = "A task is a command, and ends as the command exits.", extend("oneOf" = [{ "required": ["command"] }, { "required": ["shell"] }]))]
pub struct Params {
    /// The program and its arguments, started without a shell.
    #[schemars(with = "Option<Vec<String>>", length(min = 1))]
    command: Option<Spanned<Vec<String>>>,
    /// Instead of a command: what `sh -c` is given.
    #[schemars(with = "Option<String>")]
    shell: Option<Spanned<String>>,
    /// Where it runs; relative to the scenario file.
    #[schemars(with = "Option<String>")]
    dir: Option<Spanned<PathBuf>>,
    /// Variables beside those of tardy itself.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// The exit codes of a task that is done.
    #[serde(default = "only_zero")]
    #[schemars(with = "Vec<i32>", length(min = 1))]
    expect: Spanned<Vec<i32>>,
}

fn only_zero() -> Spanned<Vec<i32>> {
    Spanned::new(0..0, vec![0])
}

/// What every task starts, but for its numbers.
#[derive(Debug)]
pub(super) struct Command {
    program: PathBuf,
    arguments: Vec<String>,
    dir: Option<PathBuf>,
    env: BTreeMap<String, String>,
    /// The exit codes of a task that is done.
    pub(super) expect: Vec<i32>,
}

impl Command {
    /// # Errors
    /// Everything that is wrong with the parameters.
    pub(super) fn of(params: Params, setup: &Setup) -> Result<Self, Vec<ParamError>> {
        let mut errors = Vec::new();
        let dir = params.dir.map(|dir| {
            let path = setup.base.as_deref().unwrap_or(Path::new("")).join(dir.get_ref());
            if !path.is_dir() {
                errors.push(ParamError::at(dir.span(), format!("there is no directory `{}`", path.display())));
            }
            path
        });
        if params.expect.get_ref().is_empty() {
            let message = "`expect` is empty: no task could be done; expected exit codes such as [0]";
            errors.push(ParamError::at(params.expect.span(), message));
        }
        let words = words(params.command, params.shell).and_then(|words| {
            let (program, arguments) = (&words.get_ref().0, &words.get_ref().1);
            program_at(program, setup.base.as_deref()).map(|program| (program, arguments.clone())).ok_or_else(|| {
                ParamError::at(words.span(), format!("there is no program `{program}`"))
                    .with_help("expected a program on the PATH, or its path with a `/`; `shell` takes a line for `sh`")
            })
        });
        match (words, errors.is_empty()) {
            (Ok((program, arguments)), true) => {
                Ok(Self { program, arguments, dir, env: params.env, expect: params.expect.into_inner() })
            }
            (words, _) => Err(words.err().into_iter().chain(errors).collect()),
        }
    }

    /// The command of one task.
    pub(super) fn for_task(&self, cx: &TaskContext) -> process::Command {
        let (task, child) = (cx.number().to_string(), cx.child().to_string());
        let filled = |text: &String| text.replace("{task}", &task).replace("{child}", &child);
        let mut command = process::Command::new(&self.program);
        command
            .args(self.arguments.iter().map(filled))
            .envs(self.env.iter().map(|(key, value)| (key, filled(value))))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        if let Some(dir) = &self.dir {
            command.current_dir(dir);
        }
        command
    }
}

/// The program and its arguments, as one of the two keys gives them.
fn words(
    command: Option<Spanned<Vec<String>>>,
    shell: Option<Spanned<String>>,
) -> Result<Spanned<(String, Vec<String>)>, ParamError> {
    let example = r#"for example: command = ["sleep", "0.1"]"#;
    match (command, shell) {
        (None, None) => {
            let message = "the workload has no command; expected `command` or `shell`".to_owned();
            Err(ParamError { span: None, message, help: Some(example.to_owned()) })
        }
        (Some(_), Some(shell)) => Err(ParamError::at(shell.span(), "`command` is there, too; expected one of them")),
        (Some(command), None) => {
            let span = command.span();
            let mut words = command.into_inner().into_iter();
            match words.next() {
                Some(program) if !program.is_empty() => Ok(Spanned::new(span, (program, words.collect()))),
                _ => Err(ParamError::at(span, "`command` names no program").with_help(example)),
            }
        }
        (None, Some(line)) => {
            let span = line.span();
            Ok(Spanned::new(span, ("sh".to_owned(), vec!["-c".to_owned(), line.into_inner()])))
        }
    }
}
