//! What is typed on Home becomes overrides, and what is wrong with one of them is told in one line.

use miette::Diagnostic;

use crate::outcome::Policy;
use crate::scenario::{Overrides, Plan, ScenarioError, Source};
use crate::tui::{Change, Complaint, Field};

/// The plan of a scenario with these changes, and what `prepare` makes of it.
///
/// What is wrong is the fault of the last change without which all would be well.
pub(super) fn resolved<T>(
    scenario: &Source,
    changes: &[Change],
    prepare: impl Fn(&Plan) -> Result<T, ScenarioError>,
) -> Result<(Plan, T), Complaint> {
    let with = |changes: &[Change]| {
        let overrides = overrides(changes)?;
        let plan = Plan::new(scenario.clone(), &overrides).map_err(|error| one_line(&error))?;
        let prepared = prepare(&plan).map_err(|error| one_line(&error))?;
        Ok((plan, prepared))
    };
    with(changes).map_err(|message| {
        let change = (0..changes.len()).rev().find(|&before| with(&changes[..before]).is_ok());
        Complaint { change, message }
    })
}

fn overrides(changes: &[Change]) -> Result<Overrides, String> {
    changes.iter().try_fold(Overrides::default(), |all, Change { field, value }| match field {
        Field::Deadline => Ok(all.with_deadline(value)),
        Field::Policy => match [Policy::Cancel, Policy::Observe].into_iter().find(|policy| policy.word() == value) {
            Some(policy) => Ok(all.with_on_timeout(policy)),
            None => Err(format!("`{value}` is no policy; expected `cancel` or `observe`")),
        },
        Field::Load => load(all, value),
        Field::Duration => Ok(all.with_duration(value)),
        Field::Seed => match value.parse() {
            Ok(seed) => Ok(all.with_seed(seed)),
            Err(_) => Err(format!("`{value}` is no seed; expected a whole number")),
        },
        Field::Parameter => all.with_set(value).map_err(|error| one_line(&error)),
    })
}

/// A rate makes the load an open one, a number a closed one.
fn load(all: Overrides, value: &str) -> Result<Overrides, String> {
    if value.contains('/') {
        return Ok(all.with_rate(value));
    }
    match value.parse() {
        Ok(concurrency) => Ok(all.with_concurrency(concurrency)),
        Err(_) => {
            Err(format!("`{value}` is no load; expected a rate such as `500/s`, or how many at once, such as `64`"))
        }
    }
}

/// The first thing that is wrong, and what to do about it.
pub(super) fn one_line(error: &ScenarioError) -> String {
    let told: &dyn Diagnostic = match error {
        ScenarioError::Invalid(invalid) => invalid.complaints.first().map_or(error, |first| first),
        other => other,
    };
    told.help().map_or_else(|| told.to_string(), |help| format!("{told}; {help}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(changes: &[(Field, &str)]) -> Result<Plan, Complaint> {
        let changes: Vec<Change> =
            changes.iter().map(|&(field, value)| Change { field, value: value.to_owned() }).collect();
        resolved(&Source::open("fanout").unwrap(), &changes, |_| Ok(())).map(|(plan, ())| plan)
    }

    #[test]
    fn every_field_changes_what_its_flag_does() {
        let changed = plan(&[
            (Field::Deadline, "80ms"),
            (Field::Policy, "cancel"),
            (Field::Load, "7/s"),
            (Field::Duration, "3s"),
            (Field::Seed, "9"),
            (Field::Parameter, "gather.width = 5"),
        ])
        .unwrap();
        for line in [
            "after = \"80ms\"",
            "on_timeout = \"cancel\"",
            "rate = \"7/s\"",
            "duration = \"3s\"",
            "seed = 9",
            "width = 5",
        ] {
            assert!(changed.resolved.lines().any(|found| found == line), "{line} in\n{}", changed.resolved);
        }
        let closed = plan(&[(Field::Load, "64")]).unwrap();
        assert!(closed.resolved.contains("concurrency = 64") && !closed.resolved.contains("rate ="));
    }

    #[test]
    fn what_is_wrong_is_told_in_one_line_with_the_change_to_blame() {
        let good = (Field::Seed, "9");
        for (wrong, expected) in [
            ((Field::Deadline, "soon"), "`soon` is no duration"),
            ((Field::Policy, "maybe"), "`maybe` is no policy; expected `cancel` or `observe`"),
            ((Field::Load, "fast"), "`fast` is no load; expected a rate such as `500/s`"),
            ((Field::Load, "many/s"), "`many/s` is no rate"),
            ((Field::Duration, "0s"), "`duration`"),
            ((Field::Seed, "-1"), "`seed`"),
            ((Field::Seed, "x"), "`x` is no seed; expected a whole number"),
            ((Field::Parameter, "gather.width"), "there is no `=`"),
            ((Field::Parameter, "gather.wdith = 5"), "did you mean `width`?"),
        ] {
            let complaint = plan(&[good, wrong, (Field::Parameter, "run.drain = 1s")]).unwrap_err();
            assert!(complaint.message.contains(expected), "{}", complaint.message);
            assert!(!complaint.message.contains('\n'), "{}", complaint.message);
            assert_eq!(complaint.change, Some(1), "{}", complaint.message);
        }
    }

    #[test]
    fn changes_that_only_make_sense_together_are_no_fault_of_the_first() {
        let together = [(Field::Parameter, "load.mode = closed"), (Field::Parameter, "load.concurrency = 3")];
        assert_eq!(plan(&together).unwrap_err().change, Some(0), "the rate is left");
        assert!(plan(&[(Field::Load, "3"), together[1]]).is_ok());
    }
}
