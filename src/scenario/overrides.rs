//! Changes to a scenario from the command line, made in its text before anything reads it.
//!
//! Owns `--set path=value` and the flags that are sugar over it. It must not know which keys there are: the edited
//! text goes through the same validator as every other.

use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Key, Table, TableLike, Value};

use super::{ScenarioError, Source, validate};
use crate::document::{one_of, parse, printable, suggest};
use crate::outcome::Policy;

/// Changes to a scenario file, applied in order.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    edits: Vec<Edit>,
}

#[derive(Debug, Clone)]
enum Edit {
    Set { path: String, keys: Vec<Key>, value: Value },
    Add { table: &'static str, key: &'static str, value: Value },
    Remove { table: &'static str, key: &'static str },
}

/// Why an edit cannot be made, and what to do about it.
#[derive(Debug)]
struct Refusal {
    message: String,
    help: Option<String>,
}

impl Overrides {
    /// Sets a key as `--set` writes it: `workload.step.query.sleep.p99=2s`. Elements of an array are named by their
    /// `name` or their index; a value that is no TOML stands for its own text.
    ///
    /// # Errors
    /// [`ScenarioError::Override`] for a text that is not `path=value`.
    pub fn with_set(self, text: &str) -> Result<Self, ScenarioError> {
        let refuse = |message: &str| ScenarioError::Override {
            path: printable(text),
            message: message.to_owned(),
            help: Some("expected a path of keys and a value, such as `deadline.after=80ms`".to_owned()),
        };
        let (path, value) = text.split_once('=').ok_or_else(|| refuse("there is no `=`"))?;
        let path = path.trim();
        let keys = Key::parse(path).ok().filter(|keys| !keys.is_empty()).ok_or_else(|| refuse("that is no path"))?;
        Ok(self.and_set(path, keys, read_value(value.trim())))
    }

    /// Sets the time a task has.
    #[must_use]
    pub fn with_deadline(self, after: &str) -> Self {
        self.and("deadline", "after", after)
    }

    /// Sets what a missed deadline does.
    #[must_use]
    pub fn with_on_timeout(self, policy: Policy) -> Self {
        self.and("deadline", "on_timeout", policy.word())
    }

    /// Makes the load an open one at a constant rate, stages dropped.
    #[must_use]
    pub fn with_rate(self, rate: &str) -> Self {
        self.without("load", "concurrency")
            .without("load", "stage")
            .and("load", "mode", "open")
            .and("load", "rate", rate)
    }

    /// Makes the load a closed one at a constant concurrency, stages dropped.
    #[must_use]
    pub fn with_concurrency(self, concurrency: u32) -> Self {
        let load = self.without("load", "rate").without("load", "arrivals").without("load", "stage");
        load.and("load", "mode", "closed").and("load", "concurrency", i64::from(concurrency))
    }

    /// Ends the run by time, not by a number of tasks.
    #[must_use]
    pub fn with_duration(self, duration: &str) -> Self {
        self.without("run", "tasks").and("run", "duration", duration)
    }

    /// Ends the run by a number of tasks, not by time.
    #[must_use]
    pub fn with_tasks(self, tasks: i64) -> Self {
        self.without("run", "duration").and("run", "tasks", tasks)
    }

    /// Sets the seed of all randomness.
    #[must_use]
    pub fn with_seed(self, seed: i64) -> Self {
        self.and("run", "seed", seed)
    }

    /// Sets the threads of the measured runtime; more than one makes it `multi_thread`.
    #[must_use]
    pub fn with_workers(self, workers: u32) -> Self {
        let many = if workers > 1 { self.and("run", "flavor", "multi_thread") } else { self };
        many.and("run", "workers", i64::from(workers))
    }

    /// Adds a condition under which the run counts as failed to those of the file.
    #[must_use]
    pub fn with_fail_if(mut self, condition: &str) -> Self {
        self.edits.push(Edit::Add { table: "gate", key: "fail_if", value: condition.into() });
        self
    }

    /// Names the run that `regressed(…)` is held against: a baseline, or a directory.
    #[must_use]
    pub fn with_baseline(self, baseline: &str) -> Self {
        self.and("gate", "baseline", baseline)
    }

    /// Whether nothing is changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    fn and(self, table: &str, key: &str, value: impl Into<Value>) -> Self {
        self.and_set(&format!("{table}.{key}"), vec![Key::new(table), Key::new(key)], value.into())
    }

    fn and_set(mut self, path: &str, keys: Vec<Key>, value: Value) -> Self {
        self.edits.push(Edit::Set { path: path.to_owned(), keys, value });
        self
    }

    fn without(mut self, table: &'static str, key: &'static str) -> Self {
        self.edits.push(Edit::Remove { table, key });
        self
    }

    /// The source with the changes made in its text.
    pub(super) fn apply(&self, source: Source) -> Result<Source, ScenarioError> {
        if self.is_empty() {
            return Ok(source);
        }
        parse(&source.text).map_err(|errors| source.invalid(errors))?;
        let mut document: DocumentMut =
            source.text.parse().map_err(|error| source.invalid(vec![validate::not_toml(&error)]))?;
        for edit in &self.edits {
            edit.apply(document.as_table_mut())?;
        }
        let origin = format!("{}, as changed on the command line", source.origin);
        Ok(Source { origin, text: document.to_string().into(), base: source.base })
    }
}

impl Edit {
    fn apply(&self, document: &mut Table) -> Result<(), ScenarioError> {
        match self {
            Self::Set { path, keys, value } => set(document, keys, value)
                .map_err(|Refusal { message, help }| ScenarioError::Override { path: path.clone(), message, help }),
            Self::Add { table, key, value } => add(document, table, key, value).map_err(|Refusal { message, help }| {
                ScenarioError::Override { path: format!("{table}.{key}"), message, help }
            }),
            Self::Remove { table, key } => {
                if let Some(table) = document.get_mut(table).and_then(Item::as_table_like_mut) {
                    table.remove(key);
                }
                Ok(())
            }
        }
    }
}

/// The value a text stands for: TOML where it is some, itself otherwise.
fn read_value(text: &str) -> Value {
    text.parse().unwrap_or_else(|_| Value::from(text))
}

/// What a path can lead into.
enum Place<'a> {
    Table(&'a mut Table),
    Inline(&'a mut InlineTable),
    Tables(&'a mut ArrayOfTables),
    Array(&'a mut Array),
    /// Anything else, as it is written.
    Leaf(String),
}

fn set(document: &mut Table, keys: &[Key], value: &Value) -> Result<(), Refusal> {
    let mut place = Place::Table(document);
    let Some((last, path)) = keys.split_last() else { return Ok(()) };
    for (depth, key) in path.iter().enumerate() {
        place = place.step_into(key.get(), &keys[..depth])?;
    }
    place.put(last.get(), path, value.clone())
}

/// Puts `value` behind those of a list; one that stands alone becomes the first of a list.
fn add(document: &mut Table, table: &'static str, key: &'static str, value: &Value) -> Result<(), Refusal> {
    let path = [Key::new(table)];
    let item = document.entry(table).or_insert_with(toml_edit::table);
    let said = item.to_string();
    let table = item.as_table_like_mut().ok_or_else(|| no_table(said.trim(), &path))?;
    let all = match table.get(key).and_then(Item::as_value) {
        Some(Value::Array(all)) => all.iter().chain([value]).cloned().collect(),
        Some(alone) => [alone, value].into_iter().cloned().collect(),
        None => Array::from_iter([value.clone()]),
    };
    table.insert(key, Item::Value(Value::Array(all)));
    Ok(())
}

impl<'a> Place<'a> {
    fn of_item(item: &'a mut Item) -> Self {
        match item {
            Item::Table(table) => Self::Table(table),
            Item::ArrayOfTables(tables) => Self::Tables(tables),
            Item::Value(value) => Self::of_value(value),
            Item::None => Self::Leaf(String::new()),
        }
    }

    fn of_value(value: &'a mut Value) -> Self {
        match value {
            Value::InlineTable(table) => Self::Inline(table),
            Value::Array(array) => Self::Array(array),
            other => Self::Leaf(other.to_string().trim().to_owned()),
        }
    }

    /// The place at `key`; a table that is not there yet is made.
    fn step_into(self, key: &str, path: &[Key]) -> Result<Self, Refusal> {
        match self {
            Self::Table(table) => Ok(Self::of_item(table.entry(key).or_insert_with(toml_edit::table))),
            Self::Inline(table) => Ok(Self::of_value(table.get_or_insert(key, InlineTable::new()))),
            Self::Tables(tables) => {
                let at = index(key, tables.iter().map(|table| name_of(table)), path)?;
                Ok(Self::Table(tables.get_mut(at).expect("the index was found among the tables")))
            }
            Self::Array(array) => {
                let at = index(key, array.iter().map(name_of_value), path)?;
                Ok(Self::of_value(array.get_mut(at).expect("the index was found in the array")))
            }
            Self::Leaf(text) => Err(no_table(&text, path)),
        }
    }

    fn put(self, key: &str, path: &[Key], value: Value) -> Result<(), Refusal> {
        match self {
            Self::Table(table) => {
                table.insert(key, Item::Value(value));
            }
            Self::Inline(table) => {
                table.insert(key, value);
            }
            Self::Tables(tables) => {
                index(key, tables.iter().map(|table| name_of(table)), path)?;
                let message = format!("`{}` is a whole table", shown(path, Some(key)));
                return Err(Refusal { message, help: Some("set one of its keys".to_owned()) });
            }
            Self::Array(array) => {
                let at = index(key, array.iter().map(name_of_value), path)?;
                array.replace(at, value);
            }
            Self::Leaf(text) => return Err(no_table(&text, path)),
        }
        Ok(())
    }
}

fn name_of(table: &dyn TableLike) -> Option<&str> {
    table.get("name").and_then(Item::as_str)
}

fn name_of_value(value: &Value) -> Option<&str> {
    value.as_inline_table().and_then(|table| name_of(table))
}

/// The element called `key`, or the one with that index.
fn index<'t>(key: &str, names: impl Iterator<Item = Option<&'t str>>, path: &[Key]) -> Result<usize, Refusal> {
    let names: Vec<Option<&str>> = names.collect();
    let by_name = names.iter().position(|name| *name == Some(key));
    let by_index = || key.parse().ok().filter(|&at| at < names.len());
    by_name.or_else(by_index).ok_or_else(|| {
        let known: Vec<&str> = names.iter().copied().flatten().collect();
        no_element(key, &known, names.len(), path)
    })
}

fn no_element(key: &str, known: &[&str], length: usize, path: &[Key]) -> Refusal {
    let help = match (known, length) {
        (_, 0) => "it is empty".to_owned(),
        ([], _) => format!("expected an index from 0 to {}", length - 1),
        (known, _) if key.parse::<usize>().is_ok() => {
            format!("expected an index from 0 to {} or {}", length - 1, one_of(known))
        }
        (known, _) => suggest(key, known),
    };
    Refusal { message: format!("there is no `{key}` in `{}`", shown(path, None)), help: Some(help) }
}

fn no_table(text: &str, path: &[Key]) -> Refusal {
    let place = shown(path, None);
    let help = format!("set all of it: `{place}={{ … }}`");
    Refusal { message: format!("`{place}` is `{text}`, which has no keys"), help: Some(help) }
}

fn shown(path: &[Key], last: Option<&str>) -> String {
    path.iter().map(Key::get).chain(last).collect::<Vec<_>>().join(".")
}
