//! npm's `@modelcontextprotocol/server-everything`: an MCP server that is not ours and has all that the protocol has.

use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::dialogue::DialogueError;
use crate::oauth::free_address;
use crate::parts;

/// Where it lies below the packages' folder.
const PROGRAM: &str = "node_modules/@modelcontextprotocol/server-everything/dist/index.js";
/// How often it is asked whether it listens, and how long is waited between.
const PATIENCE: (u32, Duration) = (1800, Duration::from_millis(50));

/// A running server; it stops when dropped.
#[derive(Debug)]
pub struct Everything {
    address: SocketAddr,
    process: Child,
}

impl Everything {
    /// Starts it, and waits until it listens.
    ///
    /// # Errors
    ///
    /// There is no Node.js, the package is missing, or it doesn't listen after a minute and a half.
    pub fn start() -> Result<Self, DialogueError> {
        let address = free_address()?;
        let packages = parts::find(parts::JS)?;
        let process = Command::new(parts::find(parts::NODE)?)
            .arg(packages.with_file_name(PROGRAM))
            .arg("streamableHttp")
            .env("PORT", address.port().to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let mut server = Self { address, process };
        let (times, pause) = PATIENCE;
        for _ in 0..times {
            if TcpStream::connect(address).is_ok() {
                return Ok(server);
            }
            if server.process.try_wait()?.is_some() {
                break;
            }
            std::thread::sleep(pause);
        }
        Err(DialogueError::Refused {
            reason: format!("{PROGRAM} doesn't listen on {address}"),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Everything {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
