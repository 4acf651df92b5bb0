use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::metric::Metric;

fn parsed(text: &str) -> Condition {
    Condition::parse(text).unwrap_or_else(|error| panic!("{text}: {error:?}"))
}

#[test]
fn a_condition_is_a_quantity_a_comparison_and_a_limit_of_its_unit() {
    let ms = |ms| Limit::Duration(Duration::from_millis(ms));
    let time = |statistic, samples| Quantity::Time(statistic, samples);
    for (text, quantity, comparison, limit) in [
        ("p99 > 200ms", time(Statistic::Quantile(0.99), Samples::Headline), Comparison::Above, ms(200)),
        ("p99.9>=1.5s", time(Statistic::Quantile(0.999), Samples::Headline), Comparison::AtLeast, ms(1500)),
        (
            " p50 ( busy ) <= 5 ms",
            time(Statistic::Quantile(0.5), Samples::Task(Metric::Busy)),
            Comparison::AtMost,
            ms(5),
        ),
        ("max(start_delay) > 10ms", time(Statistic::Max, Samples::Task(Metric::StartDelay)), Comparison::Above, ms(10)),
        ("mean < 1ms", time(Statistic::Mean, Samples::Headline), Comparison::Below, ms(1)),
        ("timed_out > 1%", Quantity::Count(Count::TimedOut), Comparison::Above, Limit::Share(0.01)),
        ("failed>0", Quantity::Count(Count::Failed), Comparison::Above, Limit::Count(0)),
        ("done < 1_000", Quantity::Count(Count::Done), Comparison::Below, Limit::Count(1_000)),
        ("done < 300/m", Quantity::Count(Count::Done), Comparison::Below, Limit::PerSecond(5.0)),
        (
            "gathers.partial >= 0.07 %",
            Quantity::Count(Count::GathersPartial),
            Comparison::AtLeast,
            Limit::Share(0.0007),
        ),
        ("regressed(p99) > 5%", Quantity::Regressed(Aspect::P99), Comparison::Above, Limit::Change(0.05)),
        ("regressed( goodput )>=150 %", Quantity::Regressed(Aspect::Goodput), Comparison::AtLeast, Limit::Change(1.5)),
        ("goodput < 400/s", Quantity::Goodput, Comparison::Below, Limit::PerSecond(400.0)),
    ] {
        let condition = parsed(text);
        assert_eq!(
            (condition.quantity, condition.comparison, condition.limit),
            (quantity, comparison, limit),
            "{text}"
        );
        assert_eq!(parsed(&condition.to_string()), condition);
    }
}

#[test]
fn what_is_wrong_is_pointed_at_and_told_with_what_is_expected() {
    for (text, wrong, says) in [
        ("timed_aut > 1%", "timed_aut", "did you mean `timed_out`?"),
        ("nonsense > 1%", "nonsense", "`spawned`"),
        ("nonsense > 1%", "nonsense", "`gathers.timed_out`"),
        ("failed == 0", "==", "expected `>`, `>=`, `<` or `<=`"),
        ("failed => 0", "=>", "is no comparison"),
        ("failed", "failed", "compares nothing"),
        ("", "", "compares nothing"),
        ("> 5", "> 5", "has no quantity"),
        ("p99 > ", "p99 >", "has no limit"),
        ("p99 > 200", "200", "a duration such as `200ms`"),
        ("p99 > 1%", "1%", "a duration such as `200ms`"),
        ("failed > 5ms", "5ms", "a share such as `1%`"),
        ("failed > 1.5", "1.5", "a count such as `5`"),
        ("failed > -1", "-1", "a count such as `5`"),
        ("failed > 101%", "101%", "a share such as `1%`"),
        ("spawned < 5%", "5%", "a count such as `5`, or a rate"),
        ("goodput < 400", "400", "such as `400/s`"),
        ("p100 > 1s", "p100", "the longest of all is `max`"),
        ("p0 > 1s", "p0", "is no percentile"),
        ("p99. > 1s", "p99.", "is no percentile"),
        ("p9e1 > 1s", "p9e1", "is no percentile"),
        ("p99(naps) > 1s", "naps", "expected `service`"),
        ("p99(busy > 1s", "p99(busy", "lacks its `)`"),
        ("regressed(p98) > 5%", "p98", "did you mean `p9"),
        ("regressed(naps) > 5%", "naps", "expected `p50`"),
        ("regressed(p99 > 5%", "regressed(p99", "such as `regressed(p99)`"),
        ("regressed(p99) > 5ms", "5ms", "a relative change such as `5%`"),
        ("regressed(p99) > -5%", "-5%", "a relative change such as `5%`"),
        ("regressed(p99) < 0%", "regressed(p99) < 0%", "is never so"),
        ("regressed > 5%", "regressed", "`regressed(p99)`"),
        ("missed > 1%", "missed", "did you mean `timed_out`?"),
        ("late > 1%", "late", "did you mean `timed_out`?"),
        ("busy > 1s", "busy", "such as `p99(busy)`"),
        ("failed < 0", "failed < 0", "is never so"),
        ("failed >= 0", "failed >= 0", "is always so"),
        ("failed > 100%", "failed > 100%", "is never so"),
        ("failed <= 100 %", "failed <= 100 %", "is always so"),
        ("p99 >= 0ms", "p99 >= 0ms", "is always so"),
    ] {
        let error = Condition::parse(text).unwrap_err();
        assert_eq!(&text[error.span.clone().unwrap()], wrong, "{error:?}");
        let told = format!("{} {}", error.message, error.help.unwrap_or_default());
        assert!(told.contains(says), "{says} in {told}");
    }
}

#[test]
fn of_a_lower_bound_only_what_lies_above_the_limit_is_settled() {
    for (comparison, bound, settled) in [
        (Comparison::Above, 6, Some(true)),
        (Comparison::Above, 5, None),
        (Comparison::AtLeast, 5, Some(true)),
        (Comparison::AtLeast, 4, None),
        (Comparison::Below, 5, Some(false)),
        (Comparison::Below, 4, None),
        (Comparison::AtMost, 6, Some(false)),
        (Comparison::AtMost, 5, None),
    ] {
        assert_eq!(comparison.holds_from(bound, 5), settled, "{comparison:?} {bound}");
    }
}

proptest! {
    #[test]
    fn what_is_settled_of_a_bound_is_so_of_everything_from_it_on(bound in 0u32..20, more in 0u32..20, limit in 0u32..20) {
        for comparison in Comparison::ALL {
            if let Some(so) = comparison.holds_from(bound, limit) {
                prop_assert_eq!(comparison.holds(bound + more, limit), so);
            }
        }
    }

    #[test]
    fn no_text_panics_the_reader_and_every_complaint_lies_within_it(text in any::<String>()) {
        if let Err(error) = Condition::parse(&text) {
            prop_assert!(text.get(error.span.unwrap()).is_some());
        }
    }

    #[test]
    fn nothing_near_a_condition_panics_the_reader(
        quantity in "(p[0-9.]{0,5}|max|failed|é)?( ?\\(?(busy|µ)?\\)?)?",
        sign in "[<>=! ]{0,3}",
        limit in "-?[0-9._]{0,4} ?(%|ms|/s|µ)?",
    ) {
        let text = format!("{quantity}{sign}{limit}");
        match Condition::parse(&text) {
            Ok(condition) => prop_assert_eq!(Condition::parse(&condition.to_string()), Ok(condition)),
            Err(error) => prop_assert!(text.get(error.span.unwrap()).is_some(), "{:?}", text),
        }
    }

    #[test]
    fn every_word_with_a_limit_of_its_unit_is_read(count in prop::sample::select(&Count::ALL[..]), n in 1u64..1_000) {
        prop_assert_eq!(parsed(&format!("{} > {n}", count.word())).quantity(), Quantity::Count(count));
    }
}
