//! Log, time, timers, contexts.

use std::time::Duration;

use crate::abi::{LogLevel, Status};
use crate::guest::{Guest, Reply};

pub(super) fn log(guest: &mut Guest<'_>, level: u32, text: u32, size: u32) -> Reply {
    let level = LogLevel::from_abi(level).ok_or(Status::BadArgument)?;
    let text = guest.read_text(text, size)?;
    guest.state_mut().log(level, text);
    Ok(())
}

pub(super) fn log_level(guest: &mut Guest<'_>, level_at: u32) -> Reply {
    let level = guest.state().plugin.log_level.to_abi();
    guest.write_u32(level_at, level)
}

pub(super) fn time(guest: &mut Guest<'_>, time_at: u32) -> Reply {
    let now = guest.state().world.now();
    guest.write_u64(time_at, now.0)
}

/// A period of 0 stops the timer.
pub(super) fn set_tick(guest: &mut Guest<'_>, period: u32) -> Reply {
    if !guest.state().profile.timers {
        return Err(Status::Unimplemented.into());
    }
    let period = (period != 0).then(|| Duration::from_millis(u64::from(period)));
    guest.state_mut().tick_period = period;
    Ok(())
}

pub(super) fn set_effective(guest: &mut Guest<'_>, context: u32) -> Reply {
    if !guest.state().has_context(context) {
        return Err(Status::BadArgument.into());
    }
    guest.state_mut().effective = Some(context);
    Ok(())
}

/// No context of ours waits for `proxy_done`: streams are closed when `on_done` has returned.
pub(super) fn done(_guest: &mut Guest<'_>) -> Reply {
    Err(Status::NotFound.into())
}

pub(super) fn status(guest: &mut Guest<'_>, code_at: u32, text_at: u32, size_at: u32) -> Reply {
    let (code, text) = guest.state().status;
    guest.write_u32(code_at, code)?;
    guest.give(text.as_bytes(), text_at, size_at)
}
