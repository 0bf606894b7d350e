//! A folder of a test's own, and the commands that run in it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The time in these tests.
pub(crate) const NOW: u64 = 1_800_000_000;

pub(crate) struct Folder(PathBuf);

/// What a command left.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Folder {
    /// An empty one.
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // Left over from an earlier run, or not there at all.
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.join(name).exists()
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    /// Runs a command, its arguments separated by spaces.
    pub(crate) fn run(&self, arguments: &str, input: &str) -> Ran {
        let mut process = Command::new(env!("CARGO_BIN_EXE_bailiwick"))
            .args(arguments.split(' ').filter(|part| !part.is_empty()))
            .current_dir(&self.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that reads nothing may be gone already.
        drop(process.stdin.take().unwrap().write_all(input.as_bytes()));
        let output = process.wait_with_output().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What a command prints that has to succeed.
    pub(crate) fn good(&self, arguments: &str) -> String {
        let ran = self.run(arguments, "");
        assert_eq!(ran.code, 0, "{arguments}: {}", ran.err);
        ran.out
    }

    /// The same, which becomes a file.
    pub(crate) fn make(&self, name: &str, arguments: &str) -> String {
        let printed = self.good(arguments);
        self.write(name, &printed);
        printed
    }
}
