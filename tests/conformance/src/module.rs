//! The suites as a module for the host: its configuration is a [`Question`], its one log line the answer.

use proxy_wasm::traits::{Context, RootContext};
use proxy_wasm::types::{ContextType, LogLevel};

use crate::Question;

mod start {
    proxy_wasm::main! {{
        proxy_wasm::set_root_context(|_| Box::new(super::Judge));
    }}
}

struct Judge;

impl Context for Judge {}

impl RootContext for Judge {
    fn on_configure(&mut self, _size: usize) -> bool {
        let answer = self
            .get_plugin_configuration()
            .ok_or_else(|| "there is no configuration".to_owned())
            .and_then(|bytes| {
                serde_json::from_slice::<Question>(&bytes).map_err(|error| error.to_string())
            })
            .and_then(|question| question.answer())
            .and_then(|verdicts| serde_json::to_string(&verdicts).map_err(|e| e.to_string()));
        let (level, line) = match &answer {
            Ok(line) => (LogLevel::Info, line),
            Err(why) => (LogLevel::Error, why),
        };
        let logged = proxy_wasm::hostcalls::log(level, line);
        answer.is_ok() && logged.is_ok()
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }
}
