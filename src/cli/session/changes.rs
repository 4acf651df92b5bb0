//! What is typed on Home becomes overrides, and what is wrong with one of them is told in one line.

use miette::Diagnostic;

use crate::outcome::Policy;
use crate::scenario::{Overrides, Plan, ScenarioError, Source};
use crate::tui::{Change, Complaint, Field};

/// The plan of a scenario with these changes, and what `prepare` makes of it.
///
/// # Errors
/// What is wrong, each with the change to blame: the first one with which it is wrong, as often as there is one.
pub(super) fn resolved<T>(
    scenario: &Source,
    changes: &[Change],
    prepare: impl Fn(&Plan) -> Result<T, ScenarioError>,
) -> Result<(Plan, T), Vec<Complaint>> {
    let with = |changes: &[(usize, &Change)]| {
        let overrides = overrides(changes.iter().map(|(_, change)| *change))?;
        let plan = Plan::new(scenario.clone(), &overrides).map_err(|error| one_line(&error))?;
        let prepared = prepare(&plan).map_err(|error| one_line(&error))?;
        Ok((plan, prepared))
    };
    let mut rest: Vec<(usize, &Change)> = changes.iter().enumerate().collect();
    let mut complaints = Vec::new();
    loop {
        let message = match with(&rest) {
            Ok(resolved) if complaints.is_empty() => return Ok(resolved),
            Ok(_) => break,
            Err(message) => message,
        };
        let Some(to_blame) = (0..rest.len()).rev().find(|&before| with(&rest[..before]).is_ok()) else {
            complaints.push(Complaint { change: None, message });
            break;
        };
        // With others after it, what is wrong with them may be told first.
        let message = with(&rest[..=to_blame]).err().unwrap_or(message);
        complaints.push(Complaint { change: Some(rest.remove(to_blame).0), message });
    }
    complaints.sort_by_key(|complaint| complaint.change);
    Err(complaints)
}

fn overrides<'a>(mut changes: impl Iterator<Item = &'a Change>) -> Result<Overrides, String> {
    changes.try_fold(Overrides::default(), |all, Change { field, value }| match field {
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

    fn plan(changes: &[(Field, &str)]) -> Result<Plan, Vec<Complaint>> {
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
            let complaints = plan(&[good, wrong, (Field::Parameter, "run.drain = 1s")]).unwrap_err();
            let [complaint] = &complaints[..] else { panic!("{complaints:?}") };
            assert!(complaint.message.contains(expected), "{}", complaint.message);
            assert!(!complaint.message.contains('\n'), "{}", complaint.message);
            assert_eq!(complaint.change, Some(1), "{}", complaint.message);
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_each_with_its_own_change() {
        let wrong = [
            (Field::Duration, "30szzz"),
            (Field::Seed, "x"),
            (Field::Parameter, "run.drain = 1s"),
            (Field::Parameter, "gather.widht = 50"),
            (Field::Parameter, "gather"),
        ];
        let told = plan(&wrong).unwrap_err();
        let blamed: Vec<_> = told.iter().map(|complaint| complaint.change).collect();
        assert_eq!(blamed, [Some(0), Some(1), Some(3), Some(4)]);
        let texts = ["`30szzz`", "`x` is no seed", "did you mean `width`?", "there is no `=`"];
        assert!(told.iter().zip(texts).all(|(told, text)| told.message.contains(text)), "{told:?}");
    }

    #[test]
    fn changes_that_only_make_sense_together_are_no_fault_of_the_first() {
        let together = [(Field::Parameter, "load.mode = closed"), (Field::Parameter, "load.concurrency = 3")];
        assert_eq!(plan(&together).unwrap_err()[0].change, Some(0), "the rate is left");
        assert!(plan(&[(Field::Load, "3"), together[1]]).is_ok());
    }
}
