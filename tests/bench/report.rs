//! The results: medians over the rounds, and each row's ratio to no filter at all on connections of the same kind.

use serde::Serialize;

use crate::load::Sample;

/// Room for the longest name of a contender.
const NAME_WIDTH: usize = 44;
/// Room for the longest name of a workload.
const WORKLOAD_WIDTH: usize = 22;

/// All results of a run, as `--json` writes them.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// One for each contender and workload.
    pub(crate) rows: Vec<Row>,
}

/// The result of one contender with one workload.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Row {
    /// The contender.
    pub(crate) name: &'static str,
    /// The workload.
    pub(crate) workload: &'static str,
    /// Requests a second, the median round's.
    pub(crate) rps: f64,
    /// Median latency in microseconds, the median round's.
    pub(crate) p50_us: f64,
    /// 99th percentile of the latency in microseconds, the median round's.
    pub(crate) p99_us: f64,
    /// The contender without any filter, to which this one is compared.
    pub(crate) baseline: &'static str,
    /// Requests a second relative to that in the same round, the median round's: what drifts between rounds cancels out.
    pub(crate) ratio_to_none: f64,
    /// Microseconds of processor time that Envoy spent on one request, the median round's; where the system doesn't tell it,
    /// nothing. It notices less of what else the machine does than requests a second.
    pub(crate) cpu_us: Option<f64>,
}

/// The samples of one contender with one workload, a round each.
#[derive(Debug)]
pub(crate) struct Series {
    /// The contender.
    pub(crate) name: &'static str,
    /// The contender to which it is compared.
    pub(crate) baseline: &'static str,
    /// The workload.
    pub(crate) workload: &'static str,
    /// In the order of the rounds.
    pub(crate) samples: Vec<Sample>,
    /// The processor time for a request in microseconds, where it is known, in the order of the rounds.
    pub(crate) cpu_us: Vec<f64>,
}

impl Report {
    /// Sums up; every series has as many samples as the others.
    pub(crate) fn of(series: &[Series]) -> Self {
        let rows = series.iter().map(|one| {
            let none = series
                .iter()
                .find(|other| other.name == one.baseline && other.workload == one.workload);
            let none = none.map(|none| none.samples.as_slice()).unwrap_or_default();
            let ratios = one
                .samples
                .iter()
                .zip(none)
                .map(|(sample, none)| sample.rps() / none.rps());
            Row {
                name: one.name,
                workload: one.workload,
                baseline: one.baseline,
                rps: median(one.samples.iter().map(Sample::rps)).round(),
                p50_us: median(one.samples.iter().map(|sample| sample.p50_us)).round(),
                p99_us: median(one.samples.iter().map(|sample| sample.p99_us)).round(),
                ratio_to_none: (median(ratios) * 1000.0).round() / 1000.0,
                cpu_us: (!one.cpu_us.is_empty())
                    .then(|| (median(one.cpu_us.iter().copied()) * 10.0).round() / 10.0),
            }
        });
        Self {
            rows: rows.collect(),
        }
    }

    /// How many times as fast `name` is as `other`, with the same workload and the same baseline.
    pub(crate) fn compare(&self, name: &str, other: &str, workload: &str) -> Option<f64> {
        let find = |wanted: &str| {
            self.rows
                .iter()
                .find(|row| row.name == wanted && row.workload == workload)
        };
        Some(find(name)?.ratio_to_none / find(other)?.ratio_to_none)
    }

    /// The table for people.
    pub(crate) fn table(&self) -> String {
        let head = format!(
            "{:<NAME_WIDTH$}{:<WORKLOAD_WIDTH$}{:>9}{:>9}{:>9}{:>9}{:>9}\n",
            "", "", "req/s", "p50 us", "p99 us", "to none", "cpu us"
        );
        let lines = self.rows.iter().map(|row| {
            let Row {
                name,
                workload,
                rps,
                p50_us,
                p99_us,
                ratio_to_none,
                baseline: _,
                cpu_us,
            } = row;
            let cpu_us = cpu_us.map_or_else(|| "-".to_owned(), |cpu_us| format!("{cpu_us:.1}"));
            format!(
                "{name:<NAME_WIDTH$}{workload:<WORKLOAD_WIDTH$}{rps:>9.0}{p50_us:>9.0}{p99_us:>9.0}{ratio_to_none:>9.3}{cpu_us:>9}\n"
            )
        });
        std::iter::once(head).chain(lines).collect()
    }
}

/// The middle value, or the mean of the two in the middle; of none, not a number.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let upper = sorted.len() / 2;
    let lower = if sorted.len().is_multiple_of(2) {
        upper.saturating_sub(1)
    } else {
        upper
    };
    match (sorted.get(lower), sorted.get(upper)) {
        (Some(lower), Some(upper)) => f64::midpoint(*lower, *upper),
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: &str = "no filter";

    fn series(name: &'static str, rounds: &[(u64, u64)]) -> Series {
        let sample = |(requests, p50_us): &(u64, u64)| {
            let text = format!(
                r#"{{"requests":{requests},"micros":1000000,"p50_us":{p50_us},"p99_us":{},"refused":0,"broken":0}}"#,
                p50_us * 2
            );
            serde_json::from_str(&text).unwrap()
        };
        Series {
            name,
            baseline: NONE,
            workload: "GET",
            samples: rounds.iter().map(sample).collect(),
            cpu_us: vec![30.0, 20.0, 21.26],
        }
    }

    #[test]
    fn medians_are_taken_of_rounds_and_ratios_within_a_round() {
        // The machine is ten times slower in the last round; the ratios don't notice.
        let report = Report::of(&[
            series(NONE, &[(1000, 10), (1200, 8), (100, 100)]),
            series("filter", &[(500, 20), (600, 16), (50, 200)]),
            Series {
                baseline: "filter",
                ..series("behind it", &[(50, 200), (60, 160), (5, 2000)])
            },
        ]);
        let expected = Row {
            name: "filter",
            workload: "GET",
            baseline: NONE,
            rps: 500.0,
            p50_us: 20.0,
            p99_us: 40.0,
            ratio_to_none: 0.5,
            cpu_us: Some(21.3),
        };
        assert_eq!(report.rows.get(1), Some(&expected));
        let behind = report.rows.last().map(|row| row.ratio_to_none);
        assert_eq!(behind, Some(0.1), "to its own baseline");
        assert_eq!(report.compare("filter", NONE, "GET"), Some(0.5));
        assert_eq!(report.compare("filter", NONE, "POST"), None);
    }
}
