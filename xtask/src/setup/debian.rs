//! Debian's packages: the fallback for what no language registry carries.

use crate::error::Error;
use crate::setup::executable;
use crate::task::Task;

/// Installs Debian packages where this machine lets us.
///
/// # Errors
/// Why it can't be done: no apt, not root and no password-less sudo, or what apt said.
pub(crate) fn install(packages: &[&str]) -> Result<(), String> {
    let apt = executable::find("apt-get").ok_or("this machine has no apt-get")?;
    let Some(prefix) = privilege() else {
        return Err("not root, and `sudo` asks for a password".to_owned());
    };
    let apt_get = |title: String, args: &[&str]| -> Result<(), Error> {
        let mut words: Vec<std::ffi::OsString> = prefix.iter().map(Into::into).collect();
        words.push("env".into());
        words.push("DEBIAN_FRONTEND=noninteractive".into());
        words.push(apt.clone().into());
        words.extend(args.iter().map(Into::into));
        let mut words = words.into_iter();
        let program = words.next().unwrap_or_default();
        Task::new(title, program).args(words).output().map(drop)
    };
    // A stale list names packages that are gone; an update that fails half-way may still have what we need.
    let updated = apt_get("updating Debian's package lists".to_owned(), &["update"]);
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(packages);
    apt_get(format!("installing {}", packages.join(" ")), &install).map_err(|error| match updated {
        Ok(()) => error.to_string(),
        Err(update) => format!("{update}{error}"),
    })
}

/// The words to put before a command so that it runs as root: none for root; `None` where that can't be had unattended.
fn privilege() -> Option<Vec<&'static str>> {
    let uid = Task::new("asking who we are", "id")
        .args(["-u"])
        .output()
        .ok()?;
    if uid.trim() == "0" {
        return Some(Vec::new());
    }
    let sudo = ["sudo", "-n"];
    let allowed = Task::new("asking sudo", "sudo")
        .args(["-n", "true"])
        .output()
        .is_ok();
    allowed.then(|| sudo.to_vec())
}
