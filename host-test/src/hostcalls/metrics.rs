//! Metrics. Values are the process's, ids are the VM's.

use crate::abi::{MetricKind, Status};
use crate::guest::{Fault, Guest, Reply};
use crate::world::Metric;

/// Ids step by this, so that the lowest two bits can hold the kind, as in cpp-host.
const ID_STEP: u32 = 4;

/// A second definition of a name gives a further id for the same value.
pub(super) fn define(guest: &mut Guest<'_>, kind: u32, name: u32, size: u32, id_at: u32) -> Reply {
    if !guest.state().profile.metrics {
        return Err(Status::Unimplemented.into());
    }
    let kind = MetricKind::from_abi(kind).ok_or(Status::BadArgument)?;
    let name = guest.read_text(name, size)?;
    let metrics = &mut guest.state_mut().metrics;
    let defined = metrics.iter().filter(|(_, of, _)| *of == kind).count();
    let id = u32::try_from(defined)
        .unwrap_or(u32::MAX)
        .saturating_add(1)
        .saturating_mul(ID_STEP)
        | kind.to_abi();
    metrics.push((id, kind, name.clone()));
    let world = guest.state().world.clone();
    world
        .lock()
        .metrics
        .entry(name)
        .or_insert(Metric { kind, value: 0 });
    guest.write_u32(id_at, id)
}

/// A counter takes only what makes it grow.
pub(super) fn increment(guest: &mut Guest<'_>, id: u32, by: i64) -> Reply {
    change(guest, id, |metric| {
        match metric.kind {
            MetricKind::Counter if by > 0 => {}
            MetricKind::Gauge => {}
            MetricKind::Counter | MetricKind::Histogram => return Err(Status::BadArgument),
        }
        metric.value = metric.value.saturating_add_signed(by);
        Ok(())
    })
}

/// Adds to a counter, sets a gauge, and counts a sample of a histogram.
pub(super) fn record(guest: &mut Guest<'_>, id: u32, value: u64) -> Reply {
    change(guest, id, |metric| {
        metric.value = match metric.kind {
            MetricKind::Counter => metric.value.saturating_add(value),
            MetricKind::Gauge => value,
            MetricKind::Histogram => metric.value.saturating_add(1),
        };
        Ok(())
    })
}

pub(super) fn get(guest: &mut Guest<'_>, id: u32, value_at: u32) -> Reply {
    let mut value = 0;
    change(guest, id, |metric| match metric.kind {
        MetricKind::Counter | MetricKind::Gauge => {
            value = metric.value;
            Ok(())
        }
        MetricKind::Histogram => Err(Status::BadArgument),
    })?;
    guest.write_u64(value_at, value)
}

fn change(
    guest: &Guest<'_>,
    id: u32,
    with: impl FnOnce(&mut Metric) -> Result<(), Status>,
) -> Reply {
    let state = guest.state();
    let (_, _, name) = state
        .metrics
        .iter()
        .find(|(known, _, _)| *known == id)
        .ok_or(Status::NotFound)?;
    let mut world = state.world.lock();
    let metric = world.metrics.get_mut(name).ok_or(Status::NotFound)?;
    with(metric).map_err(Fault::Status)
}
